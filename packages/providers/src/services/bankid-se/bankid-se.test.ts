import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { integrationFields } from '../../fields.ts'
import { resolveProvider } from '../../resolve-provider.ts'
import { createStandIn } from '../../stand-ins/bankid-se.ts'
import { bankidSe } from './bankid-se.ts'
import { parsePersonnummer } from './personnummer.ts'
import { qrCodeAt } from './qr-code.ts'
import { userMessageOf } from './user-messages.ts'

// https://developers.bankid.com/resources/qr-code
test('the QR code is the documented one in the first seconds, and another in each', () => {
  const startedAt = new Date('2026-11-02T08:15:00.400Z')
  const order = {
    qrStartToken: '67df3917-fa0d-44e5-b327-edcc928297f8',
    qrStartSecret: 'd28db9a7-4cde-429e-a983-359be676944c',
    startedAt,
  }
  const codes = [
    'dc69358e712458a66a7525beef148ae8526b1c71610eff2c16cdffb4cdac9bf8',
    '949d559bf23403952a94d103e67743126381eda00f0b3cbddbf7c96b1adcbce2',
    'a9e5ec59cb4eee4ef4117150abc58fad7a85439a6a96ccbecc3668b41795b3f3',
  ]
  codes.forEach((code, seconds) => {
    for (const ms of [0, 999]) {
      const now = new Date(startedAt.getTime() + seconds * 1000 + ms)
      expect(qrCodeAt(order, now)).toBe(`bankid.${order.qrStartToken}.${seconds}.${code}`)
    }
  })
  expect(qrCodeAt(order, new Date(startedAt.getTime() - 5_000))).toContain('.0.')
})

test('numbers of people need a day and the right last digit', () => {
  expect(parsePersonnummer('19900101-2385')).toBe('199001012385')
  expect(parsePersonnummer('198112289874')).toBe('198112289874')
  // A samordningsnummer: the day is raised by 60.
  expect(parsePersonnummer('197010632391')).toBe('197010632391')
  for (const wrong of ['199001012384', '9001012384', '199002302387', '199000002380', '1990010123850', 'x', '']) {
    expect(parsePersonnummer(wrong), wrong).toBeNull()
  }
})

test('there are words for every hint in three languages, and for hints to come', () => {
  const hints = `outstandingTransaction noClient started userMrtd userCallConfirm userSign expiredTransaction
    certificateErr userCancel cancelled startFailed userDeclinedCall notSupportedByUserApp transactionRiskBlocked`
  const messages = hints.split(/\s+/).map((hint) => userMessageOf('pending', hint))
  expect(new Set(messages.map(({ nb }) => nb)).size).toBe(messages.length)
  for (const { nb, en, sv } of messages) for (const text of [nb, en, sv]) expect(text).toMatch(/^\p{Lu}.*\.$/u)
  expect(userMessageOf('failed', 'toString')).toBe(userMessageOf('failed'))
  expect(userMessageOf('pending', 'processing')).toBe(userMessageOf('pending'))
})

test("the authority of BankID's servers has to be given, for public ones do not vouch for them", () => {
  const required = integrationFields(bankidSe).filter((field) => field.required !== false)
  expect(required.map(({ key }) => key)).toEqual(['certificate', 'privateKey', 'caCertificate', 'environment'])
  const { api, account } = resolveProvider(bankidSe, { config: { environment: 'test' } })
  expect(api.baseUrl).toBe('https://appapi2.test.bankid.com/rp/v6.0')
  expect(account?.fallback).toEqual({ statuses: [405], label: 'BankID relying party' })
})

describe('the stand-in', () => {
  let server: Server
  let origin: string
  beforeEach(async () => {
    server = createServer(await createStandIn({ origin: '', publicUrl: 'http://127.0.0.1:3000' }))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const post = async (method: string, body: object, contentType = 'application/json') => {
    const headers = { 'content-type': contentType }
    const answer = await fetch(`${origin}/rp/v6.0/${method}`, { method: 'POST', headers, body: JSON.stringify(body) })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  const endUserIp = '203.0.113.7'

  test('goes through the states of an order, and tells its end once', async () => {
    const { body: order } = await post('sign', { endUserIp, userVisibleData: 'SGVp' })
    const orderRef = order['orderRef']
    const seen = []
    for (let ask = 0; ask < 4; ask++) seen.push((await post('collect', { orderRef })).body)
    expect(seen.map(({ status, hintCode }) => hintCode ?? status)).toEqual([
      'outstandingTransaction',
      'started',
      'userSign',
      'complete',
    ])
    expect(seen[3]).toMatchObject({ completionData: { user: { personalNumber: '199001012385' } } })
    expect(await post('collect', { orderRef })).toMatchObject({ status: 400, body: { errorCode: 'invalidParameters' } })
  })

  test('ends an order as the person behind the start token says', async () => {
    for (const [person, hintCode] of [
      ['198112289874', undefined],
      ['', 'userCancel'],
    ] as const) {
      const { body: order } = await post('auth', { endUserIp })
      const page = `${origin}/?autostarttoken=${order['autoStartToken']}`
      expect(await (await fetch(page)).text()).toContain('Karin Testberg')
      await fetch(page, { method: 'POST', body: new URLSearchParams({ person }) })
      const { body } = await post('collect', { orderRef: order['orderRef'] })
      expect(body['hintCode']).toBe(hintCode)
      expect(body['status']).toBe(hintCode === undefined ? 'complete' : 'failed')
    }
  })

  test('ends both orders when a person has two', async () => {
    const requirement = { personalNumber: '199001012385' }
    const { body: first } = await post('auth', { endUserIp, requirement })
    expect(await post('auth', { endUserIp, requirement })).toMatchObject({ body: { errorCode: 'alreadyInProgress' } })
    const { body } = await post('collect', { orderRef: first['orderRef'] })
    expect(body).toMatchObject({ status: 'failed', hintCode: 'cancelled' })
    expect((await post('auth', { endUserIp, requirement })).status).toBe(200)
  })

  test('refuses what BankID refuses', async () => {
    const cases: [string, object, string?][] = [
      ['auth', {}],
      ['auth', { endUserIp, personalNumber: '199001012385' }],
      ['auth', { endUserIp, requirement: { personalNumber: '19900101-2385' } }],
      ['auth', { endUserIp, userVisibleData: 'not base64!' }],
      ['auth', { endUserIp, userVisibleData: Buffer.alloc(1_500).toString('base64') }],
      ['sign', { endUserIp }],
      ['cancel', { orderRef: 'unknown' }],
    ]
    for (const [method, body] of cases) {
      const answer = await post(method, body)
      expect(answer, JSON.stringify(body)).toMatchObject({ status: 400, body: { errorCode: 'invalidParameters' } })
    }
    expect((await post('auth', { endUserIp }, 'application/json; charset=utf-8')).status).toBe(415)
    expect((await fetch(`${origin}/rp/v6.0/auth`)).status).toBe(405)
  })
})
