import type { IncomingHttpHeaders } from 'node:http'
import type { calendar_v3 } from '@googleapis/calendar'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type StartedGoogle, startGoogle } from './start-google.ts'
import { listen } from './start-stand-in.ts'

const calendarId = 'primary'
const day = 86_400_000

let google: StartedGoogle
let client: calendar_v3.Calendar
let koble: string
/** What arrived at Koble's address. */
let messages: { path: string | undefined; method: string | undefined; headers: IncomingHttpHeaders; body: string }[]
beforeEach(async () => {
  messages = []
  const receiver = await listen(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    messages.push({ path: request.url, method: request.method, headers: request.headers, body })
    response.end()
  })
  koble = receiver.origin
  google = await startGoogle(koble)
  client = google.client((await google.signIn('calendar')).access_token)
  return async () => {
    await google.stop()
    await receiver.stop()
  }
})

let count = 0
const wish = (rest: object = {}) => {
  count += 1
  return { id: `channel-${count}`, type: 'web_hook', address: `${koble}/hooks/1`, token: 's3cret', ...rest }
}
const watch = async (rest: object = {}, calendar = calendarId) =>
  (await client.events.watch({ calendarId: calendar, requestBody: wish(rest) })).data
const change = (calendar = calendarId) =>
  client.events.insert({
    calendarId: calendar,
    requestBody: { start: { date: '2027-03-01' }, end: { date: '2027-03-02' } },
  })
const arrived = (number: number) => vi.waitFor(() => expect(messages).toHaveLength(number), 5_000)
const header = (name: string) => messages.map(({ headers }) => headers[name])
const refused = (call: Promise<unknown>, status: number, reason: string) =>
  expect(call).rejects.toMatchObject({ response: { status, data: { error: { errors: [{ reason }] } } } })

describe('a channel', () => {
  test('says first that it is there, then of each change that there was one, and nothing more', async () => {
    const expiration = String(Date.now() + day)
    const opened = await watch({ expiration })
    expect(opened).toEqual({
      ...{ kind: 'api#channel', id: `channel-${count}`, token: 's3cret', expiration },
      resourceId: expect.stringMatching(/^[\w-]{27}$/),
      resourceUri: `${google.origin}/calendar/v3/calendars/primary/events?alt=json`,
    })
    await change()
    await client.events.patch({ calendarId, eventId: 'evt_review', requestBody: { summary: 'Review' } })
    await client.events.delete({ calendarId, eventId: 'evt_review' })
    await arrived(4)
    expect(header('x-goog-resource-state')).toEqual(['sync', 'exists', 'exists', 'exists'])
    const numbers = header('x-goog-message-number').map(Number)
    expect(numbers[0]).toBe(1)
    expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other))
    for (const { path, method, headers, body } of messages) {
      expect([method, path, body]).toEqual(['POST', '/hooks/1', ''])
      expect(headers).toMatchObject({
        'x-goog-channel-id': opened.id,
        'x-goog-channel-token': 's3cret',
        'x-goog-channel-expiration': new Date(Number(expiration)).toUTCString(),
        'x-goog-resource-id': opened.resourceId,
        'x-goog-resource-uri': opened.resourceUri,
      })
    }
  })

  test('hears of its own calendar alone, whatever that is called, and others of theirs', async () => {
    const main = await watch({}, 'kari@example.com')
    const shop = await watch({ token: undefined }, 'cal_team')
    expect((await watch()).resourceId).toBe(main.resourceId)
    expect(shop.resourceId).not.toBe(main.resourceId)
    await change('cal_team')
    await arrived(4)
    expect(messages[3]?.headers).toMatchObject({ 'x-goog-channel-id': shop.id, 'x-goog-resource-state': 'exists' })
    expect(messages[3]?.headers).not.toHaveProperty('x-goog-channel-token')
  })

  test('to the list of calendars hears of that', async () => {
    const { data } = await client.calendarList.watch({ requestBody: wish() })
    expect(data.resourceUri).toBe(`${google.origin}/calendar/v3/users/me/calendarList?alt=json`)
    await change()
    await client.calendarList.patch({ calendarId: 'cal_team', requestBody: { hidden: true } })
    await arrived(2)
    expect(header('x-goog-resource-state')).toEqual(['sync', 'exists'])
  })

  test('hears nothing once it was stopped, which can be done once and only with both of its names', async () => {
    const { id, resourceId } = await watch()
    const lasting = await watch()
    const stop = (requestBody: object) => client.channels.stop({ requestBody })
    await refused(stop({ id, resourceId: 'another' }), 404, 'notFound')
    await refused(stop({ id }), 400, 'required')
    expect((await stop({ id, resourceId })).status).toBe(204)
    await refused(stop({ id, resourceId }), 404, 'notFound')
    await change()
    await arrived(3)
    expect(header('x-goog-channel-id').slice(2)).toEqual([lasting.id])
  })

  test('ends by itself', async () => {
    const { id, resourceId } = await watch({ expiration: String(Date.now() + day) })
    const lasting = await watch({ expiration: String(Date.now() + 2 * day) })
    vi.setSystemTime(Date.now() + day + 1)
    try {
      await change()
      await refused(client.channels.stop({ requestBody: { id, resourceId } }), 404, 'notFound')
    } finally {
      vi.useRealTimers()
    }
    await arrived(3)
    expect(header('x-goog-channel-id')).toEqual([id, lasting.id, lasting.id])
  })

  test('lasts as long as is wished, a week otherwise, and never more than a month', async () => {
    const days = async (rest: object) => Math.round((Number((await watch(rest)).expiration) - Date.now()) / day)
    expect(await days({})).toBe(7)
    expect(await days({ params: { ttl: '172800' } })).toBe(2)
    expect(await days({ expiration: String(Date.now() + 365 * day) })).toBe(30)
    await refused(watch({ expiration: String(Date.now() - 1) }), 400, 'invalid')
  })

  test('needs an id of its own, an address with https or at Koble, and may be opened by who can read', async () => {
    const { id } = await watch()
    await refused(watch({ id }), 400, 'channelIdNotUnique')
    await refused(watch({ id: undefined }), 400, 'required')
    await refused(watch({ id: 'x'.repeat(65) }), 400, 'invalid')
    await refused(watch({ type: 'pigeon' }), 400, 'invalid')
    await refused(watch({ address: undefined }), 400, 'required')
    await refused(watch({ address: 'http://elsewhere.example/hooks' }), 400, 'push.webhookUrlNotHttps')
    await refused(watch({ token: 'x'.repeat(257) }), 400, 'invalid')
    await refused(watch({}, 'cal_nowhere'), 404, 'notFound')
    const lister = google.client((await google.signIn('calendar.calendarlist.readonly')).access_token)
    await refused(lister.events.watch({ calendarId, requestBody: wish() }), 403, 'insufficientPermissions')
    expect((await lister.calendarList.watch({ requestBody: wish() })).status).toBe(200)
  })

  test('to an address that is not Koble is opened, and nothing is sent there', async () => {
    await watch({ address: 'https://elsewhere.example/hooks' })
    await watch()
    await arrived(1)
    expect(header('x-goog-channel-id')).toEqual([`channel-${count}`])
  })
})
