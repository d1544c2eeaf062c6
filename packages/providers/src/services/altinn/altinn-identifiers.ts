import {
  parseFodselsnummer,
  parseOrganisasjonsnummer,
  validateFodselsnummer,
  validateOrganisasjonsnummer,
} from '@koble/core/formats'
import { z } from 'zod'
import type { OperationContext } from '../../define-operation.ts'
import { OperationError } from '../../operation-error.ts'

/** Test people and test organisations are taken too: which of them exist, only the environment knows. */
const anybody = { synthetic: 'accept' } as const

/** Nine digits, also with spaces. */
export const organizationNumber = z
  .string()
  .max(30)
  .refine(
    (text) => validateOrganisasjonsnummer(text, anybody).valid,
    'Nine digits, of which the last checks the others',
  )

/** A fødselsnummer or D-number. */
export const personalNumber = z
  .string()
  .max(30)
  .refine((text) => validateFodselsnummer(text, anybody).valid, 'Eleven digits, of which the last two check the others')

export const plainOrganization = (text: string): string => parseOrganisasjonsnummer(text, anybody)
export const plainPerson = (text: string): string => parseFodselsnummer(text, anybody).number

/** Party and form, as Altinn joins them. */
export const instanceId = z
  .string()
  .regex(/^\d{1,12}\/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i, 'partyId/guid')
  .describe('partyId/guid, as createInstance gives it')

/** The part of an app's name behind its owner's. */
export const appName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'Lower-case letters, digits and hyphens')
  .describe('The name of the app, without its owner')

/** Where an app of the integration's owner lives. Throws `provider_rejected` when the integration names no owner. */
export function appAddress({ config }: Pick<OperationContext, 'config'>, app: string): string {
  const { appOwner, environment } = config
  if (!appOwner)
    throw new OperationError('rejected', { status: 400, message: 'The integration names no owner of apps.' })
  const host = environment === 'test' ? 'apps.tt02.altinn.no' : 'apps.altinn.no'
  return `https://${appOwner}.${host}/${appOwner}/${app}`
}
