import { randomUUID } from 'node:crypto'
import { createDirectory } from './directory.ts'
import { Refusal } from './stand-in.ts'

export interface KeycloakStandInUser {
  id: string
  username: string
  email?: string
  firstName?: string
  lastName?: string
  enabled: boolean
  emailVerified: boolean
  createdTimestamp: number
  attributes?: Record<string, string[]>
  requiredActions: string[]
  [other: string]: unknown
}

/** An error of the Admin API, which words them in one of two ways. */
export function adminError(status: number, error: string, field: 'error' | 'errorMessage' = 'error'): Refusal {
  return new Refusal({ status, body: { [field]: error } })
}

export const kariId = '5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6511'

/** The users and groups of the realm, with the rules that Keycloak has for them. */
export function createKeycloakRealm() {
  const directory = createDirectory({
    users: [
      seeded(kariId, 'kari', 'Kari', 'Nordmann'),
      seeded('5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6512', 'ola', 'Ola', 'Hansen'),
      seeded('5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6513', 'nils', 'Nils', 'Dahl'),
    ],
    groups: [
      { id: '9b1d5f0e-2c4a-4f6b-8e7d-6b6f626c6521', name: 'workshop', path: '/workshop', subGroupCount: 0 },
      { id: '9b1d5f0e-2c4a-4f6b-8e7d-6b6f626c6522', name: 'shop', path: '/shop', subGroupCount: 2 },
    ],
    members: { '9b1d5f0e-2c4a-4f6b-8e7d-6b6f626c6521': ['5f3c1b52-7f0a-4a3e-9d4e-6b6f626c6512'] },
  })

  function demandFree(given: Partial<KeycloakStandInUser>, own?: string): void {
    for (const other of directory.users.values()) {
      if (other.id === own) continue
      if (given.username === other.username) throw adminError(409, 'User exists with same username', 'errorMessage')
      if (given.email && given.email === other.email) {
        throw adminError(409, 'User exists with same email', 'errorMessage')
      }
    }
  }

  return {
    ...directory,
    find(id = ''): KeycloakStandInUser {
      const found = directory.users.get(id)
      if (!found) throw adminError(404, 'User not found')
      return found
    },
    group(id = '') {
      const found = directory.groups.get(id)
      if (!found) throw adminError(404, 'Could not find group by id')
      return found
    },
    create({ credentials: _kept, ...given }: Partial<KeycloakStandInUser>): KeycloakStandInUser {
      if (!given.username) throw adminError(400, 'User name is missing', 'errorMessage')
      demandFree(given)
      const made = {
        ...seeded(randomUUID(), given.username),
        email: undefined,
        enabled: false,
        emailVerified: false,
        ...given,
      }
      directory.users.set(made.id, made)
      return made
    },
    /** Attributes that are not there any more are gone; other fields that are absent stay. */
    replace(user: KeycloakStandInUser, { id: _id, credentials: _kept, ...given }: Partial<KeycloakStandInUser>): void {
      demandFree(given, user.id)
      const attributes = Object.entries(given.attributes ?? {}).filter(([, values]) => values.length > 0)
      Object.assign(user, given, { attributes: Object.fromEntries(attributes) })
    },
  }
}

function seeded(id: string, username: string, firstName?: string, lastName?: string): KeycloakStandInUser {
  return {
    ...{ id, username, email: `${username}@example.com`, firstName, lastName },
    ...{ enabled: true, emailVerified: true, createdTimestamp: Date.now(), requiredActions: [] },
  }
}
