import { readCursor } from '../../http/paging.ts'
import { apiError } from '../../http/problems.ts'
import type { RegisterRoutes } from '../../http/route.ts'
import type { OrganizationService } from './service.ts'

export function registerOrganizationRoutes(register: RegisterRoutes, organizations: OrganizationService): void {
  register({
    createOrganization: ({ actor, request, body }) => organizations.create(actor, request, body.name),
    updateOrganization: ({ actor, request, body }) => organizations.update(actor, request, body),
    listMembers: ({ actor, query }) =>
      organizations.listMembers(actor, { limit: query.limit, after: readCursor(query.cursor) }),
    async updateMember({ actor, request, params, body }) {
      const member = await organizations.changeMember(actor, request, params.userId, body.role)
      if (!member) throw apiError('not_found', 'There is no such member.')
      return member
    },
    async removeMember({ actor, request, params }) {
      await organizations.changeMember(actor, request, params.userId, null)
      return undefined
    },
    listInvitations: ({ actor, query }) =>
      organizations.listInvitations(actor, { limit: query.limit, after: readCursor(query.cursor) }),
    createInvitation: ({ actor, request, body }) => organizations.invite(actor, request, body),
    async revokeInvitation({ actor, request, params }) {
      await organizations.revokeInvitation(actor, request, params.id)
      return undefined
    },
    getInvitation: ({ query }) => organizations.previewInvitation(query.token),
  })
}
