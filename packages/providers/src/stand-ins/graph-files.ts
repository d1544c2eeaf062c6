import type { GraphAccess } from './graph-access.ts'
import { graphError } from './graph-error.ts'
import { type GraphItem, type GraphType, graphPage } from './graph-page.ts'
import type { GraphChange } from './graph-subscriptions.ts'
import type { GraphTenant, GraphUser } from './graph-tenant.ts'
import type { StandInHandler, StandInRequest } from './stand-in.ts'

const readAll = ['Files.Read.All', 'Files.ReadWrite.All', 'Sites.Read.All', 'Sites.ReadWrite.All']
const readOwn = ['Files.Read', 'Files.ReadWrite', ...readAll]
const writeOwn = ['Files.ReadWrite', 'Files.ReadWrite.All', 'Sites.ReadWrite.All']
const itemType: GraphType = {
  name: 'driveItem',
  properties: [
    ...['id', 'name', 'size', 'file', 'folder', 'webUrl', 'parentReference', 'eTag', 'cTag'],
    ...['createdBy', 'createdDateTime', 'lastModifiedDateTime'],
  ],
}
const pages = { topDefault: 200, topMax: 200, topRefusal: 'invalidRequest', type: itemType }

interface Drive {
  id: string
  rootId: string
  items: Map<string, GraphItem & { parentId: string }>
}

/** Everybody's OneDrive, and the files of each team. https://learn.microsoft.com/graph/api/resources/onedrive */
export function createGraphFiles({
  access,
  origin,
  tenant,
  tell,
}: {
  access: GraphAccess
  origin: string
  tenant: GraphTenant
  tell(change: GraphChange): void
}): Record<string, StandInHandler> {
  /** By the id of the person or of the team. */
  const drives = new Map([...tenant.users.keys(), ...tenant.teams.keys()].map((id) => [id, seeded(id)]))

  const driveOf = (ownerId: string) => drives.get(ownerId) as Drive
  /** A team's drive is that of the group behind it. */
  function teamDrive({ params }: StandInRequest, user: GraphUser): Drive {
    const team = tenant.teams.get(params['group'] ?? '')
    if (!team) throw graphError(404, 'itemNotFound', 'The resource could not be found.')
    if (!team.members.has(user.id)) throw graphError(403, 'accessDenied', 'Access denied')
    return driveOf(team.id)
  }
  function children(request: StandInRequest, { items, rootId }: Drive) {
    const { item = rootId } = request.params
    if (item !== rootId && !items.has(item)) {
      throw graphError(404, 'itemNotFound', 'The resource could not be found.')
    }
    const inside = [...items.values()].filter(({ parentId }) => parentId === item)
    const shown = inside.map(({ parentId: _parentId, ...rest }) => rest)
    return graphPage(origin, request, shown, pages)
  }
  const own = (request: StandInRequest) => children(request, driveOf(access(request, 'files', readOwn).id))
  const ofTeam = (request: StandInRequest) =>
    children(request, teamDrive(request, access(request, 'files', [...readAll, 'Group.Read.All'])))

  return {
    'GET /v1.0/me/drive/root/children': own,
    'GET /v1.0/me/drive/items/{item}/children': own,
    'GET /v1.0/groups/{group}/drive/root/children': ofTeam,
    'GET /v1.0/groups/{group}/drive/items/{item}/children': ofTeam,
    'PUT /v1.0/me/drive/root:/{name}:/content': (request) => {
      const { id } = access(request, 'files', writeOwn)
      const drive = driveOf(id)
      const { name = '' } = request.params
      const known = [...drive.items.values()].find((one) => one.parentId === drive.rootId && one['name'] === name)
      const mimeType = request.headers['content-type'] || 'application/octet-stream'
      const made = fileIn(drive, drive.rootId, { name, size: request.body.length, mimeType }, known?.id)
      const about = { '@odata.type': '#Microsoft.Graph.driveItem' }
      tell({
        topics: [`users/${id}/drive/root`],
        changeType: 'updated',
        resource: 'me/drive/root',
        resourceData: about,
      })
      const { parentId: _parentId, ...shown } = made
      return { status: known ? 200 : 201, body: shown }
    },
  }
}

function seeded(ownerId: string): Drive {
  const drive: Drive = { id: `b!${Buffer.from(ownerId).toString('base64url')}`, rootId: '01ROOT', items: new Map() }
  const folder = itemIn(drive, drive.rootId, { name: 'Pictures', size: 2_048, folder: { childCount: 1 } })
  fileIn(drive, drive.rootId, { name: 'Prices.xlsx', size: 10_240, mimeType: 'application/vnd.ms-excel' })
  fileIn(drive, folder.id, { name: 'Fjord.jpg', size: 2_048, mimeType: 'image/jpeg' })
  return drive
}

function fileIn(drive: Drive, parentId: string, given: { name: string; size: number; mimeType: string }, id?: string) {
  const { mimeType, ...rest } = given
  return itemIn(drive, parentId, { ...rest, file: { mimeType } }, id)
}

function itemIn(
  drive: Drive,
  parentId: string,
  given: { name: string; size: number } & Record<string, unknown>,
  id = `01BYE5RZ${String(drive.items.size + 1).padStart(26, 'A')}`,
): GraphItem & { parentId: string } {
  const now = `${new Date().toISOString().slice(0, 19)}Z`
  const made = {
    ...{ id, ...given, parentId, createdDateTime: now, lastModifiedDateTime: now },
    webUrl: `https://fjordbikes-my.sharepoint.com/personal/Documents/${encodeURIComponent(given.name)}`,
    parentReference: { driveId: drive.id, driveType: 'business', id: parentId },
  }
  drive.items.set(id, made)
  return made
}
