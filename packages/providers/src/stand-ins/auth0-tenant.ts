import { randomBytes } from 'node:crypto'
import { createDirectory } from './directory.ts'
import { Refusal } from './stand-in.ts'

export interface Auth0StandInUser {
  /** What the directory knows it by: the `user_id`. */
  id: string
  user_id: string
  email?: string
  blocked?: boolean
  user_metadata: Record<string, unknown>
  app_metadata: Record<string, unknown>
  [field: string]: unknown
}

const database = 'Username-Password-Authentication'

/** An error of the Management API. */
export function managementError(statusCode: number, error: string, message: string, errorCode?: string): Refusal {
  return new Refusal({ status: statusCode, body: { statusCode, error, message, ...(errorCode && { errorCode }) } })
}

/** The users and roles of the tenant, with the rules that Auth0 has for them. */
export function createAuth0Tenant() {
  const directory = createDirectory({
    users: [
      seeded('66f1c2a4e3b7d90012ab34cd', 'kari@example.com', 'Kari', 'Nordmann'),
      seeded('66f1c2a4e3b7d90012ab34ce', 'ola@example.com', 'Ola', 'Hansen'),
      seeded('66f1c2a4e3b7d90012ab34cf', 'nils@example.com', 'Nils', 'Dahl'),
    ],
    groups: [
      { id: 'rol_Pq3tZ8wX1bYk6mNd', name: 'mechanic', description: 'Repairs bicycles' },
      { id: 'rol_Vb7rL2cJ9gHs5fTa', name: 'shop', description: 'Sells bicycles' },
    ],
    members: { rol_Pq3tZ8wX1bYk6mNd: ['auth0|66f1c2a4e3b7d90012ab34ce'] },
  })

  function find(id: string): Auth0StandInUser {
    const found = directory.users.get(id)
    if (!found) throw managementError(404, 'Not Found', 'The user does not exist.', 'inexistent_user')
    return found
  }

  function demandFree(email: unknown): void {
    const isTaken = [...directory.users.values()].some((user) => user.email === email)
    if (email !== undefined && isTaken)
      throw managementError(409, 'Conflict', 'The user already exists.', 'auth0_idp_error')
  }

  return {
    ...directory,
    find,
    create({ connection, password, ...given }: Record<string, unknown>): Auth0StandInUser {
      if (connection !== database) {
        throw managementError(400, 'Bad Request', 'The connection does not exist.', 'inexistent_connection')
      }
      if (typeof password !== 'string' || password.length < 8) {
        throw managementError(400, 'Bad Request', 'PasswordStrengthError: Password is too weak', 'invalid_password')
      }
      demandFree(given['email'])
      const { verify_email: _asked, ...fields } = given
      const made = { ...seeded(randomBytes(12).toString('hex'), String(given['email'] ?? '')), ...fields }
      directory.users.set(made.id, made)
      return made
    },
    update(id: string, { password, ...given }: Record<string, unknown>): Auth0StandInUser {
      const user = find(id)
      const alone = [given['email'], given['username'], password].filter((value) => value !== undefined)
      if (alone.length > 1) {
        throw managementError(
          400,
          'Bad Request',
          'Cannot update password and email simultaneously',
          'operation_not_supported',
        )
      }
      if (given['email'] !== user.email) demandFree(given['email'])
      const { user_metadata: own, app_metadata: app, ...rest } = given
      Object.assign(user, rest, { updated_at: new Date().toISOString() })
      Object.assign(user.user_metadata, own)
      Object.assign(user.app_metadata, app)
      return user
    },
  }
}

/** As the API shows it: blocked only where it is. */
export function shownUser({ id: _id, blocked, ...user }: Auth0StandInUser): Record<string, unknown> {
  return { ...user, ...(blocked && { blocked }) }
}

function seeded(number: string, email: string, givenName?: string, familyName?: string): Auth0StandInUser {
  const id = `auth0|${number}`
  const now = new Date().toISOString()
  return {
    id,
    user_id: id,
    email,
    email_verified: givenName !== undefined,
    name: givenName ? `${givenName} ${familyName}` : email,
    ...(givenName && { given_name: givenName, family_name: familyName }),
    nickname: email.split('@')[0],
    picture: 'https://cdn.auth0.example/avatars/u.png',
    identities: [{ provider: 'auth0', user_id: number, connection: database, isSocial: false }],
    user_metadata: {},
    app_metadata: {},
    logins_count: 0,
    created_at: now,
    updated_at: now,
  }
}
