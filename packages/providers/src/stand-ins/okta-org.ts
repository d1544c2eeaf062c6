import { randomBytes } from 'node:crypto'
import { createDirectory } from './directory.ts'
import { Refusal } from './stand-in.ts'

export interface OktaStandInUser {
  id: string
  status: string
  created: string
  activated: string | null
  statusChanged: string
  lastLogin: string | null
  lastUpdated: string
  profile: Record<string, unknown>
}

/** An error as all of Okta's are. */
export function oktaError(status: number, errorCode: string, errorSummary: string, cause?: string): Refusal {
  const errorCauses = cause === undefined ? [] : [{ errorSummary: cause }]
  const errorId = `oae${randomBytes(12).toString('base64url')}`
  return new Refusal({ status, body: { errorCode, errorSummary, errorLink: errorCode, errorId, errorCauses } })
}

/** What may be done to a user in which status, and what it then has. */
const steps: Record<string, { from: string[]; to: string; event: string }> = {
  activate: { from: ['STAGED', 'DEPROVISIONED'], to: 'ACTIVE', event: 'user.lifecycle.activate' },
  deactivate: {
    from: ['STAGED', 'PROVISIONED', 'ACTIVE', 'SUSPENDED', 'RECOVERY', 'LOCKED_OUT'],
    to: 'DEPROVISIONED',
    event: 'user.lifecycle.deactivate',
  },
  suspend: { from: ['ACTIVE'], to: 'SUSPENDED', event: 'user.lifecycle.suspend' },
  unsuspend: { from: ['SUSPENDED'], to: 'ACTIVE', event: 'user.lifecycle.unsuspend' },
  reset_password: { from: ['ACTIVE', 'PROVISIONED', 'RECOVERY'], to: 'RECOVERY', event: 'user.account.reset_password' },
}

/** The users and groups of the org, with the rules that Okta has for them. */
export function createOktaOrg() {
  const directory = createDirectory({
    users: [
      seeded('00ub0oNGTSWTBKOLGLNR', 'kari@example.com', 'Kari', 'Nordmann'),
      seeded('00uc1pOHUTXUCLPMHMOS', 'ola@example.com', 'Ola', 'Hansen'),
      seeded('00ud2qPIVUYVDMQNINPT', 'nils@example.com', 'Nils', 'Dahl'),
      seeded('00ue3rQJWVZWENROJOQU', 'gone@example.com', 'Gunn', 'Lie', 'DEPROVISIONED'),
    ],
    groups: [
      { id: '00g0everyone000000000', type: 'BUILT_IN', profile: { name: 'Everyone', description: 'All users' } },
      { id: '00g1emaKYZTWRYYRRTSK', type: 'OKTA_GROUP', profile: { name: 'Workshop', description: null } },
    ],
    members: { '00g1emaKYZTWRYYRRTSK': ['00uc1pOHUTXUCLPMHMOS'] },
  })

  function find(ref: string): OktaStandInUser {
    const byLogin = () => [...directory.users.values()].find(({ profile }) => profile['login'] === ref)
    const found = directory.users.get(ref) ?? byLogin()
    if (!found) throw oktaError(404, 'E0000007', `Not found: Resource not found: ${ref} (User)`)
    return found
  }

  return {
    ...directory,
    find,
    create(profile: Record<string, unknown>, isActive: boolean): OktaStandInUser {
      for (const name of ['login', 'email', 'firstName', 'lastName']) {
        if (!profile[name]) throw validation(name, 'The field cannot be left blank')
      }
      const { login } = profile
      if ([...directory.users.values()].some((user) => user.profile['login'] === login)) {
        throw validation('login', 'An object with this field already exists in the current organization')
      }
      const id = `00u${randomBytes(12).toString('hex').slice(0, 17)}`
      const made = seeded(id, String(profile['email']), '', '', isActive ? 'PROVISIONED' : 'STAGED')
      Object.assign(made.profile, profile)
      directory.users.set(id, made)
      return made
    },
    /** The event that it is told as. */
    take(user: OktaStandInUser, step: string): string {
      const found = Object.hasOwn(steps, step) ? steps[step] : undefined
      if (!found) throw oktaError(404, 'E0000022', 'The endpoint does not support the provided HTTP method')
      if (!found.from.includes(user.status)) {
        if (step === 'activate') {
          throw oktaError(403, 'E0000016', 'Activation failed because the user is already active')
        }
        throw oktaError(
          400,
          'E0000001',
          `Api validation failed: ${step}`,
          `Cannot ${step} a user that is ${user.status}`,
        )
      }
      const now = new Date().toISOString()
      Object.assign(user, { status: found.to, statusChanged: now, lastUpdated: now })
      return found.event
    },
  }
}

function validation(field: string, cause: string): Refusal {
  return oktaError(400, 'E0000001', `Api validation failed: ${field}`, `${field}: ${cause}`)
}

function seeded(id: string, email: string, firstName: string, lastName: string, status = 'ACTIVE'): OktaStandInUser {
  const now = new Date().toISOString()
  return {
    ...{ id, status, created: now, activated: now, statusChanged: now, lastLogin: null, lastUpdated: now },
    profile: { login: email, email, firstName, lastName, mobilePhone: null },
  }
}
