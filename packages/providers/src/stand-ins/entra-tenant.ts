import { randomUUID } from 'node:crypto'
import { createDirectory } from './directory.ts'
import { graphError } from './graph-error.ts'
import type { Refusal } from './stand-in.ts'

export const tenantId = '6b6f626c-0000-4000-8000-656e74726131'
export const kariId = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6531'
const workshopId = '9b1d5f0e-2c4a-4f6b-8e7d-6b6f626c6541'

export interface EntraStandInUser {
  id: string
  userPrincipalName: string
  displayName: string
  accountEnabled: boolean
  [property: string]: unknown
}

const notFound = (id: string) =>
  graphError(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  )

/** The users and groups of the tenant, and in which order users changed. */
export function createEntraTenant() {
  const directory = createDirectory({
    users: [
      seeded(kariId, 'kari', 'Kari', 'Nordmann'),
      seeded('5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6532', 'ola', 'Ola', 'Hansen'),
      seeded('5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6533', 'nils', 'Nils', 'Dahl'),
    ],
    groups: [
      { id: workshopId, displayName: 'Workshop', description: null, securityEnabled: true, groupTypes: [] as string[] },
      {
        ...{ id: '9b1d5f0e-2c4a-4f6b-8e7d-6b6f626c6542', displayName: 'Everybody', description: 'All of us' },
        ...{ securityEnabled: true, groupTypes: ['DynamicMembership'] },
      },
    ],
    members: { [workshopId]: ['5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6532'] },
  })
  const changes: string[] = []

  function find(ref = ''): EntraStandInUser {
    const byName = () => [...directory.users.values()].find(({ userPrincipalName }) => userPrincipalName === ref)
    const found = directory.users.get(ref) ?? byName()
    if (!found) throw notFound(ref)
    return found
  }

  return {
    ...directory,
    find,
    /** Ids of users, a later change behind an earlier one. */
    changes,
    group(id = '') {
      const found = directory.groups.get(id)
      if (!found) throw notFound(id)
      return found
    },
    create({ passwordProfile, ...given }: Record<string, unknown>): EntraStandInUser {
      const name = String(given['userPrincipalName'] ?? '')
      const [, domain] = name.split('@')
      if (domain !== 'fjord.example') {
        throw graphError(400, 'Request_BadRequest', 'The domain portion of the userPrincipalName property is invalid.')
      }
      for (const property of ['accountEnabled', 'displayName', 'mailNickname']) {
        if (given[property] === undefined) throw missing(property)
      }
      if (passwordProfile === undefined) throw missing('passwordProfile')
      if ([...directory.users.values()].some(({ userPrincipalName }) => userPrincipalName === name)) {
        const message = 'Another object with the same value for property userPrincipalName already exists.'
        throw graphError(400, 'Request_BadRequest', message)
      }
      const made = { ...seeded(randomUUID(), ''), mail: null, ...given } as EntraStandInUser
      directory.users.set(made.id, made)
      changes.push(made.id)
      return made
    },
    update(user: EntraStandInUser, given: Record<string, unknown>): void {
      if ('id' in given) throw graphError(400, 'Request_BadRequest', "Property 'id' is read-only and cannot be set.")
      Object.assign(user, given)
      changes.push(user.id)
    },
    drop(user: EntraStandInUser): void {
      directory.remove(user.id)
      changes.push(user.id)
    },
  }
}

function missing(property: string): Refusal {
  return graphError(400, 'Request_BadRequest', `A value is required for property '${property}' of resource 'User'.`)
}

function seeded(id: string, name: string, givenName?: string, surname?: string): EntraStandInUser {
  return {
    ...{ id, userPrincipalName: `${name}@fjord.example`, displayName: `${givenName} ${surname}`, givenName, surname },
    ...{ mail: `${name}@fjord.example`, mobilePhone: null, jobTitle: null, department: null },
    ...{ accountEnabled: true, userType: 'Member', createdDateTime: `${new Date().toISOString().slice(0, 19)}Z` },
  }
}
