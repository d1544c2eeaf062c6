import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { calendarOperations } from './calendar-operations.ts'
import { channelOperations } from './channel-operations.ts'
import { driveOperations } from './drive-operations.ts'
import { mailOperations } from './mail-operations.ts'

const docsUrl = 'https://developers.google.com/identity/openid-connect/openid-connect#obtaininguserprofileinformation'

/** Typed calls of Calendar, Drive and Gmail. https://developers.google.com/workspace */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whose account it is; every connection may ask.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ userId: z.string().min(1), email: z.string().nullable() }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/oauth2/v2/userinfo' })
      const user = body as GoogleUser
      return { userId: user.id ?? user.sub ?? '', email: user.email ?? null }
    },
  }),

  getUserProfile: defineOperation({
    title: 'Get the profile',
    description: 'Who the account belongs to; `id` stays, the address may change.',
    docsUrl,
    effect: 'read',
    scopes: ['https://www.googleapis.com/auth/userinfo.profile'],
    input: z.strictObject({}),
    output: z.object({
      id: z.string().min(1),
      email: z.string().nullable(),
      isEmailVerified: z.boolean().nullable(),
      name: z.string().nullable(),
      givenName: z.string().nullable(),
      familyName: z.string().nullable(),
      pictureUrl: z.string().nullable(),
      hostedDomain: z.string().nullable().describe('Of an organization with Google Workspace'),
    }),
    example: {},
    async run(_input, { send }) {
      const { body } = await send({ method: 'GET', path: '/oauth2/v2/userinfo' })
      const user = body as GoogleUser
      return {
        id: user.id ?? user.sub ?? '',
        email: user.email ?? null,
        isEmailVerified: user.verified_email ?? user.email_verified ?? null,
        name: user.name ?? null,
        givenName: user.given_name ?? null,
        familyName: user.family_name ?? null,
        pictureUrl: user.picture ?? null,
        hostedDomain: user.hd ?? null,
      }
    },
  }),

  ...calendarOperations,
  ...channelOperations,
  ...driveOperations,
  ...mailOperations,
}

/** Google calls the id `id` here, and `sub` where OpenID Connect does. */
interface GoogleUser {
  id?: string
  sub?: string
  email?: string
  verified_email?: boolean
  email_verified?: boolean
  name?: string
  given_name?: string
  family_name?: string
  picture?: string
  hd?: string
}
