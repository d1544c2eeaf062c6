import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { formOf, Refusal, type StandInHandler } from './stand-in.ts'
import { testClientKey } from './test-client-key.ts'

/** The one client, which holds the test key. */
export interface MaskinportenClient {
  id: string
  /** Whose it is. */
  organization: string
  scopes: readonly string[]
  /** Organisations that delegated these scopes to it, and those that approved a system user. */
  consumers: readonly string[]
  systemUsers: readonly string[]
}

const audience = 'https://test.maskinporten.no/'
const known = new Set(
  'aud iss scope iat exp jti resource consumer_org pid iss_onbehalfof authorization_details'.split(' '),
)

/**
 * The token endpoint of Maskinporten's test environment, as strict as that: each claim, one use per assertion, 120 seconds
 * at most. https://docs.digdir.no/docs/Maskinporten/maskinporten_protocol_token
 */
export function createMaskinporten(client: MaskinportenClient) {
  const publicKey = createPublicKey(createPrivateKey(testClientKey.privateKey))
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const seen = new Set<string>()
  const kid = 'maskinporten-stand-in'

  const token: StandInHandler = async (request) => {
    if (!/^application\/x-www-form-urlencoded\b/.test(request.headers['content-type'] ?? '')) {
      throw refused('invalid_request', 'The content type must be application/x-www-form-urlencoded')
    }
    const form = formOf(request)
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      throw refused('unsupported_grant_type', 'Unsupported grant_type')
    }
    const assertion = await readAssertion(form.get('assertion') ?? '')
    const scope = String(assertion['scope'] ?? '')
    checkScopes(scope)
    const consumer = consumerOf(assertion['consumer_org'])
    const details = checkDetails(assertion['authorization_details'])
    const expiresIn = 119
    const claims: JWTPayload = {
      client_id: client.id,
      client_amr: 'private_key_jwt',
      token_type: 'Bearer',
      scope,
      consumer: organization(consumer),
      ...(consumer !== client.organization && { supplier: organization(client.organization) }),
      ...(assertion['resource'] !== undefined && { aud: assertion['resource'] as string }),
      ...(details && { authorization_details: details }),
    }
    const accessToken = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuer(audience)
      .setIssuedAt()
      .setJti(randomUUID())
      .setExpirationTime(`${expiresIn}s`)
      .sign(keys.privateKey)
    return { body: { access_token: accessToken, token_type: 'Bearer', expires_in: expiresIn, scope } }
  }

  async function readAssertion(assertion: string): Promise<JWTPayload> {
    const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
      algorithms: ['RS256', 'RS384', 'RS512'],
      clockTolerance: 10,
      requiredClaims: ['aud', 'iss', 'iat', 'exp', 'jti'],
    }).catch((error: unknown) => {
      if (error instanceof errors.JWTExpired) throw refused('invalid_grant', 'The assertion has expired (MP-130)')
      if (error instanceof errors.JWSSignatureVerificationFailed) {
        throw refused('invalid_grant', 'Invalid assertion. Client authentication failed. Bad signature (MP-124)')
      }
      throw refused('invalid_grant', 'Invalid assertion (MP-011)')
    })
    const { iat = 0, exp = 0, jti = '' } = payload
    if (payload.iss !== client.id) throw refused('invalid_client', 'Client not found (MP-100)')
    if (protectedHeader.kid !== testClientKey.keyId || protectedHeader.x5c) {
      throw refused('invalid_client', 'Invalid kid (MP-120)')
    }
    if (payload.aud !== audience) throw refused('invalid_grant', 'Invalid aud (MP-110)')
    if (exp - iat > 120 || exp <= iat) throw refused('invalid_grant', 'The lifetime is above 120 seconds (MP-011)')
    if (iat > Date.now() / 1000 + 10) throw refused('invalid_grant', 'Issue time is after now')
    const stray = Object.keys(payload).find((claim) => !known.has(claim))
    if (stray !== undefined) throw refused('invalid_grant', `Invalid assertion: unknown claim ${stray} (MP-011)`)
    if (seen.has(jti)) throw refused('invalid_grant', 'The assertion was used before (MP-012)')
    seen.add(jti)
    return payload
  }

  function checkScopes(scope: string): void {
    if (scope === '') throw refused('invalid_scope', 'No scope')
    for (const one of scope.split(' ')) {
      if (!client.scopes.includes(one)) throw refused('invalid_scope', `${one} is not on the client (MP-200)`)
    }
  }

  function consumerOf(consumer: unknown): string {
    if (consumer === undefined) return client.organization
    if (consumer === client.organization) throw refused('invalid_request', 'consumer_org is the own organisation')
    if (typeof consumer === 'string' && client.consumers.includes(consumer)) return consumer
    throw refused('invalid_grant', 'Consumer has not delegated access to the scope to the supplier (MP-251)')
  }

  function checkDetails(given: unknown): object[] | undefined {
    if (given === undefined) return undefined
    const [detail] = Array.isArray(given) ? given : []
    if (detail?.type !== 'urn:altinn:systemuser') throw refused('invalid_request', 'Unknown type (MP-301)')
    const { authority, ID } = detail.systemuser_org ?? {}
    const isApproved = client.systemUsers.some((number) => ID === `0192:${number}`)
    if (authority !== 'iso6523-actorid-upis' || !isApproved) {
      throw refused('invalid_altinn_customer_configuration', 'There is no system user (MP-303)')
    }
    const own = { systemuser_id: ['b8d4d4d9-680b-4905-90c1-47ac5ff0c0a4'], system_id: `${client.organization}_koble` }
    return [{ ...detail, ...own }]
  }

  return {
    /** POST, a form. */
    token,
    /** GET: the keys of its tokens. */
    jwks: (() => ({
      body: { keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] },
    })) satisfies StandInHandler,
    /** What a token of its own says; refuses any other with 401. */
    async verify(headers: Readonly<Record<string, string>>): Promise<JWTPayload> {
      const [, given = ''] = /^Bearer (.+)$/i.exec(headers['authorization'] ?? '') ?? []
      try {
        return (await jwtVerify(given, keys.publicKey, { issuer: audience, algorithms: ['RS256'] })).payload
      } catch {
        throw new Refusal({ status: 401, headers: { 'www-authenticate': 'Bearer' }, body: { error: 'invalid_token' } })
      }
    },
  }
}

const organization = (number: string) => ({ authority: 'iso6523-actorid-upis', ID: `0192:${number}` })

function refused(error: string, description: string): Refusal {
  return new Refusal({ status: 400, body: { error, error_description: description } })
}
