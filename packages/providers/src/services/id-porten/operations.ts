import { z } from 'zod'
import { defineOperation } from '../../define-operation.ts'
import { buildLogoutUrl, logoutInput, readDiscovery } from '../../oidc-session.ts'

/** What can be asked in the name of whoever signed in. https://docs.digdir.no/docs/idporten/oidc/oidc_api_userinfo */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the person is still signed in, and at which environment.',
    docsUrl: 'https://docs.digdir.no/docs/idporten/oidc/oidc_func_wellknown',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ issuer: z.string(), subject: z.string(), levels: z.array(z.string()) }),
    example: {},
    async run(_input, context) {
      const { issuer, acr_values_supported } = await readDiscovery(context)
      const { body } = await context.send({ method: 'GET', path: '/userinfo' })
      return { issuer, subject: (body as UserInfo).sub, levels: acr_values_supported ?? [] }
    },
  }),

  getUserProfile: defineOperation({
    title: 'Get who is signed in',
    description: 'The subject, the language and, when asked for, the national identity number. There is no name.',
    docsUrl: 'https://docs.digdir.no/docs/idporten/oidc/oidc_protocol_id_token',
    effect: 'read',
    scopes: ['openid'],
    input: z.strictObject({
      includePersonalNumber: z.boolean().default(false).describe('Otherwise only its first six digits are shown'),
    }),
    output: z.object({
      subject: z.string(),
      personalNumber: z.string().nullable(),
      isPersonalNumberMasked: z.boolean(),
      locale: z.string().nullable(),
    }),
    example: {},
    async run({ includePersonalNumber }, { send }) {
      const { body } = await send({ method: 'GET', path: '/userinfo' })
      const { sub, pid, locale } = body as UserInfo
      return {
        subject: sub,
        personalNumber: pid === undefined ? null : includePersonalNumber ? pid : `${pid.slice(0, 6)}*****`,
        isPersonalNumberMasked: pid !== undefined && !includePersonalNumber,
        locale: locale ?? null,
      }
    },
  }),

  getLogoutUrl: defineOperation({
    title: 'Get the address to sign out',
    description:
      'Where to send the browser so that the session at ID-porten ends, and those at other services with it.',
    docsUrl: 'https://docs.digdir.no/docs/idporten/oidc/oidc_func_sso',
    effect: 'read',
    input: logoutInput,
    output: z.object({ url: z.url() }),
    example: {
      clientId: 'koble-sandbox-id-porten',
      postLogoutRedirectUri: 'https://app.example.com/signed-out',
      state: 'a1b2c3',
    },
    run: async (input, context) => ({ url: await buildLogoutUrl(input, context) }),
  }),
}

interface UserInfo {
  sub: string
  pid?: string
  locale?: string
}
