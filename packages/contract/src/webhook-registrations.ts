import { z } from 'zod'
import { field } from './field.ts'
import { id, pageQuery, time } from './paging.ts'

/** Something at a provider whose events can be registered for by its API. */
export const registrationTarget = z.object({
  id: z.string(),
  label: z.string(),
  description: z.string(),
  /** What has to be named; keys of `parameters`. */
  parameters: z.array(field),
  /** One of these has to be granted; empty when none is known to be needed. */
  scopes: z.array(z.string()),
  /** It ends by itself and is renewed. */
  expires: z.boolean(),
  /** The provider makes the secret: an endpoint can have one such registration. */
  exclusive: z.boolean(),
})
export type RegistrationTarget = z.infer<typeof registrationTarget>

/**
 * `pending`: not known to be there yet; `active`; `renewing`; `removing`: the provider still has to be told; `failed`:
 * given up, see `errorCode`; `missing`: the provider has it no more, and it is being made anew; `removed`.
 */
export const registrationStatus = z.enum(['pending', 'active', 'renewing', 'removing', 'failed', 'missing', 'removed'])
export type RegistrationStatus = z.infer<typeof registrationStatus>

/** One registration at a provider, by which it sends events to an endpoint. */
export const registration = z.object({
  id,
  endpointId: id,
  integrationId: id,
  /** The account in whose name it was made. */
  connectionId: id,
  provider: z.string(),
  target: z.string(),
  parameters: z.record(z.string(), z.string()),
  status: registrationStatus,
  /** The ids at the provider. */
  externalIds: z.array(z.string()),
  expiresAt: time.nullable(),
  /** Why the last try failed; null when it did not. */
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  /** Failures in a row. */
  attempts: z.int(),
  /** When it is renewed, checked or tried again; null when nothing is planned. */
  nextAt: time.nullable(),
  /** When it was last seen at the provider. */
  checkedAt: time.nullable(),
  createdAt: time,
})
export type Registration = z.infer<typeof registration>

export const createRegistration = z.strictObject({
  /** An account that may register, of the same provider or another integration of the same API. */
  connectionId: id,
  /** One of the provider's `webhookTargets`. */
  target: z.string().regex(/^[a-z0-9-]{1,60}$/),
  parameters: z.record(z.string().max(60), z.string().max(500)).default({}),
})
export type CreateRegistration = z.infer<typeof createRegistration>

export const registrationsQuery = pageQuery.extend({ status: registrationStatus.optional() })
export const registrationParams = z.strictObject({ endpointId: id, registrationId: id })

/** What a provider could not be told to forget, when something was deleted that it had registered for. */
export const leftovers = z.object({ registrations: z.array(registration) })
export type Leftovers = z.infer<typeof leftovers>
