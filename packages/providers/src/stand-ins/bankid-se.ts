import { randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { parsePersonnummer } from '../services/bankid-se/personnummer.ts'
import {
  type CreateStandIn,
  createRouter,
  formOf,
  Refusal,
  type StandInHandler,
  type StandInRequest,
} from './stand-in.ts'

interface Order {
  orderRef: string
  autoStartToken: string
  personalNumber: string | null
  endUserIp: string
  /** How often it was collected: with each time the person at the other end does the next thing. */
  collected: number
  outcome: 'complete' | 'userCancel' | 'cancelled' | null
  person: (typeof people)[number]
}

// Numbers that are well-formed and made up.
const people = [
  { personalNumber: '199001012385', name: 'Test Testsson', givenName: 'Test', surname: 'Testsson' },
  { personalNumber: '198112289874', name: 'Karin Testberg', givenName: 'Karin', surname: 'Testberg' },
] as const
const steps = ['outstandingTransaction', 'started', 'userSign'] as const
const sampleRef = '131daac9-16c6-4618-beb0-365768f37288'
const fields = new Set(
  'endUserIp requirement userVisibleData userNonVisibleData userVisibleDataFormat returnUrl returnRisk web app'.split(
    ' ',
  ),
)

/**
 * Version 6.0 of BankID's relying party API. Behind TLS it demands a client certificate that the server verified; the
 * development sandbox speaks plain http and cannot. An order goes on by itself as it is collected, or at once by the page
 * that its start token opens.
 */
export const createStandIn: CreateStandIn = () => {
  const orders = new Map<string, Order>()
  begin({ endUserIp: '203.0.113.7' }, sampleRef)

  function begin(given: Record<string, unknown>, orderRef: string = randomUUID()): Order {
    const personalNumber = (given['requirement'] as { personalNumber?: string } | undefined)?.personalNumber ?? null
    const order: Order = {
      orderRef,
      autoStartToken: randomUUID(),
      personalNumber,
      endUserIp: String(given['endUserIp']),
      collected: 0,
      outcome: null,
      person: people.find((person) => person.personalNumber === personalNumber) ?? people[0],
    }
    orders.set(orderRef, order)
    return order
  }

  const start =
    (kind: 'auth' | 'sign'): StandInHandler =>
    (request) => {
      const given = jsonBody(request)
      checkOrder(kind, given)
      const personalNumber = (given['requirement'] as { personalNumber?: string } | undefined)?.personalNumber
      for (const open of orders.values()) {
        if (personalNumber === undefined || open.personalNumber !== personalNumber || open.outcome !== null) continue
        open.outcome = 'cancelled'
        throw refused(400, 'alreadyInProgress', 'Order already in progress for pno')
      }
      const { orderRef, autoStartToken } = begin(given)
      return { body: { orderRef, autoStartToken, qrStartToken: randomUUID(), qrStartSecret: randomUUID() } }
    }

  const collect: StandInHandler = (request) => {
    const order = find(jsonBody(request))
    const { orderRef, outcome } = order
    const hintCode = outcome === null ? steps[order.collected] : undefined
    order.collected++
    if (hintCode !== undefined) return { body: { orderRef, status: 'pending', hintCode } }
    // An end is told once.
    forget(orderRef)
    if (outcome !== null && outcome !== 'complete') return { body: { orderRef, status: 'failed', hintCode: outcome } }
    const completionData = {
      user: order.person,
      device: { ipAddress: order.endUserIp, uhi: 'OZvYM9VvyiAmG7NA5jU5zqGcVpo=' },
      bankIdIssueDate: '2024-02-01',
      signature: Buffer.from('<Signature>sandbox</Signature>').toString('base64'),
      ocspResponse: Buffer.from('sandbox').toString('base64'),
    }
    return { body: { orderRef, status: 'complete', completionData } }
  }

  const cancel: StandInHandler = (request) => {
    forget(find(jsonBody(request)).orderRef)
    return { body: {} }
  }

  function find({ orderRef }: Record<string, unknown>): Order {
    const order = orders.get(String(orderRef))
    if (!order) throw refused(400, 'invalidParameters', 'No such order')
    return order
  }

  /** The order of the examples begins anew. */
  function forget(orderRef: string): void {
    orders.delete(orderRef)
    if (orderRef === sampleRef) begin({ endUserIp: '203.0.113.7' }, sampleRef)
  }

  const app: StandInHandler = (request) => {
    const order = [...orders.values()].find(
      ({ autoStartToken }) => autoStartToken === request.query.get('autostarttoken'),
    )
    if (!order) return { status: 404, body: 'There is no such order.' }
    if (request.method === 'POST') {
      const chosen = formOf(request).get('person')
      const person = people.find(({ personalNumber }) => personalNumber === chosen)
      order.outcome = person ? 'complete' : 'userCancel'
      if (person) order.person = person
      return { body: person ? `${person.name} has confirmed.` : 'The order was cancelled.' }
    }
    const button = (value: string, label: string) =>
      `<form method="post"><input type="hidden" name="person" value="${value}"><button>${label}</button></form>`
    const buttons = people.map(({ personalNumber, name }) => button(personalNumber, name)).join('')
    const body = `<!doctype html><html lang="en"><title>BankID sandbox</title><h1>Sandbox</h1><p>Who confirms?</p>${buttons}${button('', 'Cancel')}</html>`
    return { headers: { 'content-type': 'text/html; charset=utf-8' }, body }
  }

  const notAllowed: StandInHandler = () => {
    throw refused(405, 'methodNotAllowed', 'Only http method POST is allowed')
  }
  const base = '/rp/v6.0'
  const router = createRouter(
    {
      [`POST ${base}/auth`]: start('auth'),
      [`POST ${base}/sign`]: start('sign'),
      [`POST ${base}/collect`]: collect,
      [`POST ${base}/cancel`]: cancel,
      ...Object.fromEntries(['auth', 'sign', 'collect', 'cancel'].map((name) => [`GET ${base}/${name}`, notAllowed])),
      'GET /': app,
      'POST /': app,
    },
    { notFound: { status: 404, body: { errorCode: 'notFound', details: 'No such method' } } },
  )
  const listener: RequestListener = (request, response) => {
    const socket = request.socket as Partial<TLSSocket>
    if (socket.encrypted && !socket.authorized) {
      const refusal = { errorCode: 'unauthorized', details: 'A client certificate is needed' }
      response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(refusal))
      return
    }
    return router(request, response)
  }
  return listener
}

/** A content type with anything behind it is another one. */
function jsonBody({ headers, body }: StandInRequest): Record<string, unknown> {
  if (headers['content-type'] !== 'application/json') {
    throw refused(415, 'unsupportedMediaType', 'The content type must be application/json')
  }
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>
  } catch {
    throw refused(400, 'invalidParameters', 'Invalid JSON')
  }
}

function checkOrder(kind: 'auth' | 'sign', given: Record<string, unknown>): void {
  const stray = Object.keys(given).find((field) => !fields.has(field))
  if (stray !== undefined) throw refused(400, 'invalidParameters', `Unknown field ${stray}`)
  if (isIP(String(given['endUserIp'])) === 0) throw refused(400, 'invalidParameters', 'Invalid endUserIp')
  const [visibleMax, hiddenMax] = kind === 'sign' ? [40_000, 200_000] : [1_500, 1_500]
  if (kind === 'sign' && given['userVisibleData'] === undefined) {
    throw refused(400, 'invalidParameters', 'No userVisibleData')
  }
  for (const [field, lengthMax] of [
    ['userVisibleData', visibleMax],
    ['userNonVisibleData', hiddenMax],
  ] as const) {
    const text = given[field]
    if (text === undefined) continue
    const isEncoded = typeof text === 'string' && Buffer.from(text, 'base64').toString('base64') === text && text !== ''
    if (!isEncoded || text.length > lengthMax) throw refused(400, 'invalidParameters', `Invalid ${field}`)
  }
  const { personalNumber } = (given['requirement'] ?? {}) as { personalNumber?: string }
  if (
    personalNumber !== undefined &&
    (!/^\d{12}$/.test(personalNumber) || parsePersonnummer(personalNumber) === null)
  ) {
    throw refused(400, 'invalidParameters', 'Invalid personalNumber')
  }
}

function refused(status: number, errorCode: string, details: string): Refusal {
  return new Refusal({ status, body: { errorCode, details } })
}
