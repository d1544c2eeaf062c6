import type { Connection } from '@koble/contract/connections'
import type { Integration } from '@koble/contract/integrations'
import type { Sync, SyncRecord, SyncRun } from '@koble/contract/syncs'
import { startLocalServer } from '@koble/core/testing'
import { expect, vi } from 'vitest'
import type { TestKoble } from './test-koble.ts'

/** Another answer than the page that was asked for; `wait` lets one hold it back. */
export interface OddAnswer {
  status?: number
  headers?: Record<string, string>
  body?: object
  wait?: Promise<void>
}

/** A CRM of a test's own, with contacts in pages as HubSpot has them. */
export interface ContactsServer {
  origin: string
  /** By id, in the order in which they are listed. */
  contacts: Map<string, Record<string, string | null>>
  /** So many to a page. */
  pageSize: number
  /** Where each page that was asked for began; `start` for the first. */
  asked: string[]
  /** What to answer instead, by where the page begins; undefined for the page itself. */
  odd(after: string): OddAnswer | undefined
  /** Starts it anew, with so many contacts. */
  reset(count: number): void
  close(): Promise<void>
}

export async function startContactsServer(): Promise<ContactsServer> {
  const usual = () => undefined
  const server: ContactsServer = {
    origin: '',
    contacts: new Map(),
    pageSize: 2,
    asked: [],
    odd: usual,
    reset(count) {
      server.odd = usual
      server.asked.length = 0
      server.pageSize = 2
      server.contacts.clear()
      for (let id = 1; id <= count; id += 1) server.contacts.set(String(id), { email: `contact-${id}@example.com` })
    },
    close: () => local.close(),
  }
  const local = await startLocalServer(async ({ url = '' }, reply) => {
    const { pathname, searchParams } = new URL(url, 'http://crm.invalid')
    const send = (status: number, body: object, headers: Record<string, string> = {}) =>
      reply.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
    if (pathname === '/account-info/v3/details') return void send(200, { portalId: 4711 })
    const after = searchParams.get('after') ?? 'start'
    server.asked.push(after)
    const odd = server.odd(after)
    await odd?.wait
    if (odd?.status || odd?.body) return void send(odd.status ?? 200, odd.body ?? {}, odd.headers)
    send(200, pageOf(server, after))
  })
  server.origin = local.origin
  return server
}

/** A page; its cursor is how many contacts come before the next. */
function pageOf({ contacts, pageSize }: ContactsServer, after: string): object {
  const from = after === 'start' ? 0 : Number(after)
  const at = '2026-01-01T00:00:00Z'
  const results = [...contacts]
    .slice(from, from + pageSize)
    .map(([id, properties]) => ({ id, properties, createdAt: at, updatedAt: at }))
  const isLast = from + pageSize >= contacts.size
  return { results, ...(!isLast && { paging: { next: { after: String(from + pageSize) } } }) }
}

/** An account at it. */
export async function connectContacts(koble: Pick<TestKoble, 'request'>, crm: ContactsServer): Promise<Connection> {
  const integration = await koble.request<Integration>('POST', '/api/integrations', {
    body: { provider: 'hubspot', authMethod: 'api_key', endpoints: { apiUrl: crm.origin } },
  })
  expect(integration.status, JSON.stringify(integration.body)).toBe(201)
  const credentials = { apiKey: 'pat-eu1-0123456789abcdef' }
  const connection = await koble.request<Connection>('POST', '/api/connections', {
    body: { integrationId: integration.body.id, externalUserId: 'u1', credentials },
  })
  expect(connection.status, JSON.stringify(connection.body)).toBe(201)
  return connection.body
}

/** A sync of all contacts of an account. */
export async function createContactsSync(
  koble: Pick<TestKoble, 'request'>,
  { id: connectionId }: Pick<Connection, 'id'>,
  input: object = {},
): Promise<Sync> {
  const body = { name: 'Contacts', connectionId, operation: 'listContacts', ...input }
  const answer = await koble.request<Sync>('POST', '/api/syncs', { body })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body
}

/** Asks for a run. */
export async function askForRun(koble: Pick<TestKoble, 'request'>, sync: Pick<Sync, 'id'>): Promise<SyncRun> {
  const answer = await koble.request<SyncRun>('POST', `/api/syncs/${sync.id}/run`)
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  return answer.body
}

/** The runs of a sync, the newest first. */
export async function runsOf(koble: Pick<TestKoble, 'request'>, sync: Pick<Sync, 'id'>): Promise<SyncRun[]> {
  return (await koble.request<{ data: SyncRun[] }>('GET', `/api/syncs/${sync.id}/runs?limit=200`)).body.data
}

/** A run once it is in that state. */
export async function runIn(
  koble: Pick<TestKoble, 'request'>,
  { id, syncId }: Pick<SyncRun, 'id' | 'syncId'>,
  status: SyncRun['status'],
): Promise<SyncRun> {
  return await vi.waitFor(
    async () => {
      const run = (await runsOf(koble, { id: syncId })).find((one) => one.id === id)
      expect(run, JSON.stringify(run)).toMatchObject({ status })
      return run as SyncRun
    },
    { timeout: 40_000, interval: 20 },
  )
}

/** A run from its beginning to a good end. */
export async function runNow(koble: Pick<TestKoble, 'request'>, sync: Pick<Sync, 'id'>): Promise<SyncRun> {
  return await runIn(koble, await askForRun(koble, sync), 'completed')
}

/** The records of a sync by the provider's id. */
export async function recordsOf(
  koble: Pick<TestKoble, 'request'>,
  { id }: Pick<Sync, 'id'>,
  query = '',
): Promise<Map<string, SyncRecord>> {
  const path = `/api/syncs/${id}/records?limit=200${query}`
  const { status, body } = await koble.request<{ data: SyncRecord[] }>('GET', path)
  expect(status, JSON.stringify(body)).toBe(200)
  return new Map(body.data.map((record) => [record.recordId, record]))
}

/** A promise with its end at hand. */
export function gate(): { opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
