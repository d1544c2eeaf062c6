import { randomBytes, randomUUID } from 'node:crypto'
import { vippsSandboxKeys } from '../vipps.ts'
import { Refusal, type StandInHandler, type StandInReply, type StandInRequest } from './stand-in.ts'

export type VippsMerchant = ReturnType<typeof createVippsMerchant>

/** The one sales unit that the stand-in for Vipps knows: its tokens, what its calls must carry, and their repetitions. */
export function createVippsMerchant() {
  const tokens = new Map<string, number>()
  const answered = new Map<string, { fingerprint: string; reply: StandInReply }>()
  const keys = vippsSandboxKeys
  const lifetimeSeconds = 3600

  const token: StandInHandler = ({ headers, body }) => {
    demandSystemHeaders(headers)
    const isKnown =
      headers['client_id'] === keys.clientId &&
      headers['client_secret'] === keys.clientSecret &&
      headers['ocp-apim-subscription-key'] === keys.subscriptionKey &&
      headers['merchant-serial-number'] === keys.merchantSerialNumber
    if (!isKnown) return { status: 401, body: { error: 'invalid_client', error_description: 'The keys are not known' } }
    if (body.length > 0) return { status: 400, body: { error: 'invalid_request', error_description: 'A body' } }
    const accessToken = randomBytes(32).toString('base64url')
    const now = Math.floor(Date.now() / 1000)
    tokens.set(accessToken, now + lifetimeSeconds)
    // The numbers are texts there, too.
    const answer = {
      token_type: 'Bearer',
      expires_in: String(lifetimeSeconds - 1),
      ext_expires_in: String(lifetimeSeconds - 1),
      expires_on: String(now + lifetimeSeconds),
      not_before: String(now),
      resource: '00000002-0000-0000-c000-000000000000',
      access_token: accessToken,
    }
    return { body: answer }
  }

  function demand({ headers }: StandInRequest): void {
    if (headers['ocp-apim-subscription-key'] !== keys.subscriptionKey) {
      const message = 'Access denied due to missing or invalid subscription key.'
      throw new Refusal({ status: 401, body: { statusCode: 401, message } })
    }
    const [, given = ''] = /^Bearer (.+)$/.exec(headers['authorization'] ?? '') ?? []
    const isGood = (tokens.get(given) ?? 0) > Date.now() / 1000
    if (!isGood || headers['merchant-serial-number'] !== keys.merchantSerialNumber) {
      const responseInfo = { responseCode: 401, responseMessage: 'Unauthorized' }
      const result = { message: '(Unauthorized) Access denied; check the token and the merchant serial number' }
      throw new Refusal({ status: 401, body: { responseInfo, result } })
    }
    demandSystemHeaders(headers)
  }

  return {
    /** POST: a token for the keys of the sales unit, which stand in headers. */
    token,

    /** A call that reads. */
    reading:
      (handle: StandInHandler): StandInHandler =>
      (request) => {
        demand(request)
        return handle(request)
      },

    /**
     * A call that changes something: once for each key. The same with another request is a conflict, and a refusal stays
     * what it is. `longest` is how long a key may be; `conflict` the code of Vipps' for it.
     */
    writing:
      (handle: StandInHandler, { longest, conflict }: { longest: number; conflict?: string }): StandInHandler =>
      async (request) => {
        demand(request)
        const { method, target, body, headers } = request
        const key = headers['idempotency-key'] ?? ''
        if (key === '' || key.length > longest) {
          return problem(400, 'Bad Request', { 'Idempotency-Key': `1 to ${longest} characters are needed` })
        }
        const fingerprint = `${method} ${target}\n${body}`
        const known = answered.get(key)
        if (known && known.fingerprint !== fingerprint) {
          return coded(409, conflict ?? '4020', 'Idempotency error', 'The Idempotency-Key belongs to another request.')
        }
        if (known) return known.reply
        const reply = await settled(() => handle(request))
        answered.set(key, { fingerprint, reply })
        return reply
      },
  }
}

/** A refusal in words alone: by field, what is wrong with it. */
export function problem(status: number, title: string, fields: Record<string, string> = {}): StandInReply {
  const extraDetails = Object.entries(fields).map(([name, reason]) => ({ name, reason }))
  return problemReply({ status, title, detail: title, extraDetails })
}

/** A refusal with one of Vipps' own codes. */
export function coded(status: number, code: string, title: string, detail: string): StandInReply {
  return problemReply({ status, title, detail, extraDetails: [{ name: 'ErrorCode', reason: code }] })
}

function problemReply(body: { status: number; title: string; detail: string; extraDetails: object[] }): StandInReply {
  return {
    status: body.status,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: `https://httpstatuses.io/${body.status}`, ...body, traceId: randomUUID() },
  }
}

function demandSystemHeaders(headers: StandInRequest['headers']): void {
  for (const name of ['name', 'version', 'plugin-name', 'plugin-version']) {
    const header = `vipps-system-${name}`
    const value = headers[header] ?? ''
    const isFit = value.length > 0 && value.length <= 30
    if (!isFit) throw new Refusal(problem(400, 'Bad Request', { [header]: '1 to 30 characters are needed' }))
  }
}

async function settled(handle: () => StandInReply | Promise<StandInReply>): Promise<StandInReply> {
  try {
    return await handle()
  } catch (error) {
    if (error instanceof Refusal) return error.reply
    throw error
  }
}
