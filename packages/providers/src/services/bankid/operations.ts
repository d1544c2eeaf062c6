import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import { defineOperation, type OperationContext } from '../../define-operation.ts'
import { buildLogoutUrl, logoutInput, readDiscovery } from '../../oidc-session.ts'
import { OperationError } from '../../operation-error.ts'

const docsUrl = 'https://developer.bankid.no/'

/** What can be asked in the name of whoever signed in, while the token lives: five minutes. */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the token of the sign-in is still good, and at which environment.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ issuer: z.string(), subject: z.string() }),
    example: {},
    async run(_input, context) {
      const { issuer, claims } = await readUserInfo(context)
      return { issuer, subject: String(claims.sub) }
    },
  }),

  getUserProfile: defineOperation({
    title: 'Get who signed in',
    description: 'Name, date of birth and what else the scopes allow; the signature of the answer is checked.',
    docsUrl,
    effect: 'read',
    scopes: ['profile'],
    input: z.strictObject({
      includePersonalNumber: z.boolean().default(false).describe('Otherwise only its first six digits are shown'),
    }),
    output: z.object({
      subject: z.string(),
      bankIdSubject: z.string().nullable(),
      name: z.string().nullable(),
      givenName: z.string().nullable(),
      familyName: z.string().nullable(),
      birthDate: z.string().nullable(),
      email: z.string().nullable(),
      phone: z.string().nullable(),
      personalNumber: z.string().nullable(),
      isPersonalNumberMasked: z.boolean(),
    }),
    example: {},
    async run({ includePersonalNumber }, context) {
      const { claims } = await readUserInfo(context)
      const text = (name: string) => (typeof claims[name] === 'string' ? (claims[name] as string) : null)
      const number = text('nnin') ?? text('nnin_altsub')
      return {
        subject: String(claims.sub),
        bankIdSubject: text('bankid_altsub'),
        name: text('name'),
        givenName: text('given_name'),
        familyName: text('family_name'),
        birthDate: text('birthdate'),
        email: text('email'),
        phone: text('phone_number'),
        personalNumber: number === null || includePersonalNumber ? number : `${number.slice(0, 6)}*****`,
        isPersonalNumberMasked: number !== null && !includePersonalNumber,
      }
    },
  }),

  getLogoutUrl: defineOperation({
    title: 'Get the address to sign out',
    description: 'Where to send the browser so that the session at BankID ends.',
    docsUrl,
    effect: 'read',
    input: logoutInput,
    output: z.object({ url: z.url() }),
    example: {
      clientId: 'koble-sandbox-bankid',
      postLogoutRedirectUri: 'https://app.example.com/signed-out',
      state: 'a1b2c3',
    },
    run: async (input, context) => ({ url: await buildLogoutUrl(input, context) }),
  }),
}

/** It comes as a signed token, whose signature, issuer and subject are checked. */
async function readUserInfo(context: OperationContext): Promise<{ issuer: string; claims: JWTPayload }> {
  const { send, config, accountId } = context
  const { issuer } = await readDiscovery(context)
  const { body: keys } = await send({ method: 'GET', path: '/protocol/openid-connect/certs' })
  const host = config['environment'] === 'test' ? 'userinfo.current.bankid.no' : 'userinfo.bankid.no'
  const { body: token, status } = await send({ method: 'GET', path: `https://${host}/userinfo` })
  const { payload } = await jwtVerify(String(token), createLocalJWKSet(keys as JSONWebKeySet), {
    algorithms: ['RS256'],
    issuer,
    currentDate: context.now(),
    clockTolerance: 60,
  }).catch(() => {
    throw new OperationError('malformed', { status, message: 'The signature of the answer is not good.' })
  })
  if (accountId === null || payload.sub === accountId) return { issuer, claims: payload }
  throw new OperationError('malformed', { status, message: 'The answer speaks of somebody else.' })
}
