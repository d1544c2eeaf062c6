import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createKoble, type Koble } from '@koble/sdk'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  demandAccessible,
  demandNoSidewaysScroll,
  noBrowser,
  openStage,
  type Stage,
  signUpOwner,
  watchTrouble,
} from './browser.ts'

describe.skipIf(noBrowser)('sending messages, in a browser', () => {
  let stage: Stage
  let page: Page
  let koble: Koble
  let trouble: string[]
  let receiver: Server
  let origin: string
  /** What the receiver answers at the moment, and what it was sent. */
  let answer = 200
  let received: { path: string; headers: NodeJS.Dict<string | string[]>; body: string }[] = []

  beforeAll(async () => {
    receiver = createServer(async (request, reply) => {
      let body = ''
      for await (const part of request) body += part
      received.push({ path: request.url ?? '', headers: request.headers, body })
      reply.writeHead(answer, { 'content-type': 'application/json' }).end(JSON.stringify({ answered: answer }))
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
    stage = await openStage({ KOBLE_ALLOWED_PRIVATE_NETWORKS: '127.0.0.1/32' })
    page = await (await stage.openContext()).newPage()
    trouble = watchTrouble(page)
    await signUpOwner(page, stage)
    await navigation('Destinations').waitFor()
    koble = createKoble({
      baseUrl: stage.url,
      apiKey: readFileSync(join(stage.dataDir, 'admin-api-key'), 'utf8').trim(),
    })
  })
  afterAll(async () => {
    await stage?.close()
    receiver?.closeAllConnections()
    receiver?.close()
  })

  const navigation = (name: string) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name })
  const shot = async (name: string) => {
    const folder = process.env.SCREENSHOTS
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }
  const command = async (words: string) => {
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('combobox').fill(words)
    await page
      .getByRole('option')
      .filter({ hasText: new RegExp(words, 'i') })
      .first()
      .waitFor()
    await page.keyboard.press('Enter')
  }
  const soon = <Value>(read: () => Value) => expect.poll(read, { timeout: 20_000 })
  const settled = () => soon(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
  const sendByHand = async (amount: number) => {
    await page.goto(`${stage.url}/messages/new?eventType=invoice.paid`)
    await page.getByLabel('Data').fill(JSON.stringify({ amount }))
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByRole('heading', { name: 'invoice.paid', level: 1 }).waitFor()
  }

  it('finds the way to a first destination, and out of each mistake in its form', async () => {
    await navigation('Messages').click()
    await page.getByText('No message has been sent yet').waitFor()
    await demandAccessible(page, 'nothing')
    await navigation('Destinations').click()
    await page.getByText('Messages go nowhere yet').waitFor()
    await page.getByRole('link', { name: 'New destination' }).first().click()
    await page.getByRole('button', { name: 'Create the destination' }).click()
    await page.getByText('A name is needed.').waitFor()
    await page.getByText('URL is needed.').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Billing')
    await page.getByLabel('URL').fill(`${origin}/hooks`)
    await page.getByLabel('Authentication').selectOption('bearer')
    await page.getByLabel('Token', { exact: true }).fill('receiver-token')
    await page.getByLabel('Filter').fill('{ "data.amount": { "$atLeast": 1 } }')
    await page.getByLabel('Event types').fill('invoice.*')
    await page.getByLabel('Event types').press('Enter')
    expect(await page.getByRole('button', { name: 'Remove *', exact: true }).count()).toBe(0)
    await page.getByLabel('Retry schedule').fill('1s')
    await page.getByText('2 attempts; the last one about 1 second after the first.').waitFor()
    await page.getByRole('button', { name: 'Create the destination' }).click()
    await page.getByText('$atLeast').nth(1).waitFor()
    await demandAccessible(page, 'nothing')
    await shot('new-destination')
    await page.getByLabel('Filter').fill('{ "data.amount": { "$gte": 1 } }')
    await vi.waitFor(async () => expect(await page.getByText('is not known here').count()).toBe(0))
    await page.getByRole('button', { name: 'Try it on a sample' }).click()
    await page.getByLabel('Transform').fill('{ "text": "Paid: " & data.amount }')
    await page.getByText('Passes the filter').waitFor()
    await page.getByRole('region', { name: 'Payload' }).getByText('Paid: 250').waitFor()
    await page.getByLabel('Data of the sample').fill('{ "amount": 0 }')
    await page.getByText('Stopped by the filter').waitFor()
    await shot('destination-trial')
    await page.getByLabel('Transform').fill('data.amount & ')
    await page.getByRole('alert').filter({ hasText: 'transform' }).waitFor()
    await demandAccessible(page, 'nothing')
    await page.getByLabel('Transform').fill('')
    await page.getByRole('button', { name: 'Create the destination' }).click()
    await page.getByRole('heading', { name: 'Billing is ready' }).waitFor()
    await page.getByText(/^whsec_/).waitFor()
  })

  it('tests it, and is shown what the receiver answers', async () => {
    await page.getByRole('button', { name: 'Send a test' }).click()
    await page.getByText('It answered 200').waitFor()
    await page.getByRole('region', { name: 'Body of the answer' }).getByText('200').waitFor()
    expect(received.at(-1)?.headers.authorization).toBe('Bearer receiver-token')
    await demandAccessible(page, 'nothing')
    await shot('destination-created')
  })

  it('registers an event type with a schema and an example', async () => {
    await command('new event type')
    await page.getByLabel('Name', { exact: true }).fill('invoice.paid')
    await page.getByLabel('Description').fill('An invoice was paid in full')
    await page.getByLabel('Schema of the data').fill(
      JSON.stringify({
        type: 'object',
        properties: { amount: { type: 'number' } },
        required: ['amount'],
      }),
    )
    await page.getByLabel('Examples').fill('[{ "amount": "much" }]')
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByLabel('Examples').and(page.locator('[aria-invalid]')).waitFor()
    await page.getByLabel('Examples').fill('[{ "amount": 250 }]')
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByRole('heading', { name: 'invoice.paid', level: 1 }).waitFor()
    await demandAccessible(page, 'nothing')
    await shot('event-type')
  })

  it('is told which field does not fit, sends the example, and sees it delivered without a reload', async () => {
    received = []
    await command('send a message')
    await page.getByRole('combobox', { name: 'Event type' }).fill('invoice.paid')
    await page.getByLabel('Data').fill('{ "amount": "250" }')
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByRole('list', { name: 'Where it does not fit' }).getByText('data.amount').waitFor()
    await demandAccessible(page, 'nothing')
    await shot('new-message')
    await page.getByRole('button', { name: 'Fill in the example' }).click()
    await page.getByRole('button', { name: 'Send', exact: true }).click()
    await page.getByText('1 delivered').waitFor()
    await page.getByText('Try 1').click()
    await page.getByRole('region', { name: 'Beginning of the body' }).getByText('answered').waitFor()
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ type: 'invoice.paid', data: { amount: 250 } })
    await demandAccessible(page, 'nothing')
    await shot('message')
  })

  it('watches a message die when the receiver fails, and sends it again from the dead letters', async () => {
    answer = 500
    await sendByHand(1)
    await page.getByText('1 dead').waitFor()
    await page.getByText('Try 2').waitFor()
    await demandAccessible(page, 'nothing')
    await shot('message-dead')
    await navigation('Dead letters').click()
    await page.getByRole('table', { name: 'Deliveries' }).getByText('Billing').last().waitFor()
    await demandAccessible(page, 'nothing')
    await shot('dead-letters')
    answer = 200
    await page.getByRole('button', { name: 'Send again', exact: true }).click()
    await page.getByText('Everything got through').waitFor()
    await navigation('Messages').click()
    await soon(() => page.getByText('1 delivered').count()).toBe(2)
    await demandAccessible(page, 'nothing')
    await shot('messages')
  })

  it('sends everything that died again at once, and sees how far that is', async () => {
    answer = 500
    const sent = await koble.messages.sendBatch(
      Array.from({ length: 5 }, (_, index) => ({ eventType: 'invoice.paid', data: { amount: index + 1 } })),
    )
    const [first] = sent.data
    await page.goto(`${stage.url}/messages/${first?.id}`)
    await page.getByText('1 dead').waitFor()
    await soon(async () => (await koble.deliveries.list({ status: 'dead' })).data.length).toBe(5)
    answer = 200
    await page.goto(`${stage.url}/dead-letters`)
    await page.getByRole('button', { name: 'Send all again' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click()
    await page.getByRole('dialog').getByText('Completed').waitFor()
    await page.getByRole('dialog').getByText('5 of 5').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await page.getByText('Everything got through').waitFor()
  })

  it('switches the destination off, which parks its messages, and has them sent when it is on again', async () => {
    await navigation('Destinations').click()
    await page.getByRole('link', { name: 'Billing' }).click()
    await page.getByText('The last').first().waitFor()
    await settled()
    await demandAccessible(page, 'nothing')
    await shot('destination')
    await page.getByRole('button', { name: 'Disable' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click()
    await page.getByText('The destination is off').first().waitFor()
    received = []
    await sendByHand(42)
    await page.getByText('1 parked').waitFor()
    await page.goto(`${stage.url}/dead-letters?status=parked`)
    await page.getByRole('table', { name: 'Deliveries' }).getByText('invoice.paid').waitFor()
    await shot('parked')
    expect(received).toEqual([])
    await navigation('Destinations').click()
    await page.getByRole('link', { name: 'Billing' }).click()
    await page.getByRole('button', { name: 'Enable' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Send them').waitFor()
    await demandAccessible(page, 'nothing')
    await shot('enable')
    await dialog.getByRole('button', { name: 'Enable' }).click()
    await dialog.getByText('Completed').waitFor()
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    await soon(() => received.length).toBe(1)
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ data: { amount: 42 } })
    await page.getByRole('link', { name: 'Deliveries' }).click()
    await page.getByLabel('Status').selectOption('delivered')
    await page.getByRole('table', { name: 'Deliveries' }).getByText('Delivered').first().waitFor()
    await demandAccessible(page, 'nothing')
    await shot('destination-deliveries')
  })

  it('changes a destination without its secrets being shown or lost', async () => {
    await page.getByRole('link', { name: 'Edit', exact: true }).click()
    expect(await page.getByLabel(/^Token/).inputValue()).toBe('')
    expect(await page.getByLabel('Retry schedule').inputValue()).toBe('1s')
    await page.getByLabel('Transform').fill('{ "text": "Paid: " & data.amount }')
    await page.getByLabel('Payload').selectOption('raw')
    await page.getByRole('button', { name: 'Add a header, headers' }).click()
    await page.getByLabel('Name of header 1, headers').fill('x-tenant')
    await page.getByLabel('Value of header 1, headers').fill('fjord')
    await page.getByLabel('Messages of the rate limit').fill('100')
    await page.getByLabel('Seconds of the rate limit').fill('60')
    await page.getByLabel('Payload').selectOption('envelope')
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('Saved').first().waitFor()
    await demandAccessible(page, 'nothing')
    await shot('destination-edit')
    received = []
    await sendByHand(7)
    await page.getByText('1 delivered').waitFor()
    expect(JSON.parse(received[0]?.body ?? '')).toEqual({ text: 'Paid: 7' })
    expect(received[0]?.headers).toMatchObject({ authorization: 'Bearer receiver-token', 'x-tenant': 'fjord' })
  })

  it('rotates the signing secret, and both sign for a while', async () => {
    await page.getByRole('link', { name: 'Billing' }).click()
    await page.getByRole('button', { name: 'Show the secret' }).click()
    const before = await page.getByText(/^whsec_/).textContent()
    await page.getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click()
    await page.getByRole('dialog').getByText('The new secret').waitFor()
    expect(
      await page
        .getByRole('dialog')
        .getByText(/^whsec_/)
        .textContent(),
    ).not.toBe(before)
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
    await page.getByText('The secret before this one signs, too').waitFor()
    received = []
    await page.getByRole('button', { name: 'Send a test' }).click()
    await page.getByText('It answered 200').waitFor()
    expect(String(received[0]?.headers['webhook-signature']).split(' ')).toHaveLength(2)
  })

  it('recovers what died since a moment', async () => {
    answer = 500
    const { id } = await koble.messages.send({ eventType: 'invoice.paid', data: { amount: 9 } })
    await soon(async () => (await koble.messages.get(id)).deliveries[0]?.status).toBe('dead')
    answer = 200
    await page.getByRole('link', { name: 'Attempts' }).click()
    await page.getByRole('list', { name: 'Attempts' }).getByText('500').first().waitFor()
    await demandAccessible(page, 'nothing')
    await shot('destination-attempts')
    await page.getByRole('button', { name: 'Recover' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'An hour' }).click()
    await shot('recover')
    await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click()
    await page.getByRole('dialog').getByText('1 of 1').waitFor()
    await page.getByRole('dialog').getByText('Completed').waitFor()
    await soon(async () => (await koble.messages.get(id)).deliveries[0]?.status).toBe('delivered')
  })

  it('makes another version of an event type, sends its example, and archives it', async () => {
    await page.goto(`${stage.url}/event-types/invoice.paid`)
    await page.getByRole('button', { name: 'New version' }).click()
    await page.getByLabel('Schema of the data').fill('{ "type": "object", "required": ["total"] }')
    await page.getByLabel('Examples').fill('[{ "total": 3 }]')
    await page.getByRole('button', { name: 'Make the version' }).click()
    await page.getByRole('heading', { name: 'Schema, version 2' }).waitFor()
    // What was told while the dialog was open is hidden along with the page behind it, a moment longer than the dialog.
    await soon(() => page.locator('[aria-hidden="true"] button').count()).toBe(0)
    await demandAccessible(page, 'nothing')
    await page.getByLabel('Version', { exact: true }).selectOption('1')
    await page.getByRole('heading', { name: 'Schema, version 1' }).waitFor()
    await page.getByRole('button', { name: 'Send this as a message' }).click()
    await page.getByText('1 delivered').waitFor()
    await page.goto(`${stage.url}/event-types/invoice.paid`)
    await page.getByRole('button', { name: 'Archive' }).click()
    await page.getByText('Your customers do not see it any more.').waitFor()
    await page.getByRole('button', { name: 'Bring back' }).click()
    await page.getByRole('button', { name: 'Archive' }).waitFor()
  })

  it("gives an external user the portal's link, and sees their destinations apart", async () => {
    await koble.destinations.create({
      name: 'Of customer 42',
      type: 'kafka',
      config: { brokers: ['127.0.0.1:9092'], topic: 'messages', tls: false },
      externalUserId: 'customer-42',
    })
    await page.goto(`${stage.url}/external-users/customer-42`)
    await page.getByRole('link', { name: 'Of customer 42' }).waitFor()
    await settled()
    await demandAccessible(page, 'nothing')
    await shot('external-user')
    await page.getByRole('button', { name: 'Portal link' }).click()
    await page.getByLabel('Read-only').check()
    await page.getByRole('button', { name: 'Create the link' }).click()
    const link =
      (await page
        .getByRole('dialog')
        .getByText(/\/portal\/[^#]+#token=/)
        .textContent()) ?? ''
    const portal = createKoble({ baseUrl: stage.url, apiKey: link.split('token=')[1] ?? '' })
    expect(await portal.portalSessions.current()).toMatchObject({ externalUserId: 'customer-42', readOnly: true })
    await demandAccessible(page, 'nothing')
    await shot('portal-link')
  })

  it('finds each kind of destination in the form', async () => {
    await page.goto(`${stage.url}/destinations/new`)
    const asked = {
      RabbitMQ: 'Routing key',
      Kafka: 'Brokers',
      'Redis stream': 'Stream',
      'NATS JetStream': 'Subject',
      S3: 'Bucket',
    }
    for (const [type, label] of Object.entries(asked)) {
      await page.getByText(type, { exact: true }).click()
      await page.getByLabel(label, { exact: true }).waitFor()
      await demandAccessible(page, 'nothing')
    }
    await shot('new-s3')
  })

  it('can use these pages at 360 px, light and dark, and by keyboard', async () => {
    const [message] = (await koble.messages.list()).data
    const [destination] = (await koble.destinations.list({ type: 'https' })).data
    const own = `/destinations/${destination?.id}`
    const paths = [
      '/destinations',
      '/destinations/new',
      own,
      `${own}?tab=deliveries`,
      `${own}?tab=attempts`,
      `${own}?tab=settings`,
      '/messages',
      '/messages/new',
      `/messages/${message?.id}`,
      '/dead-letters',
      '/event-types',
      '/event-types/new',
      '/event-types/invoice.paid',
      '/external-users/customer-42',
    ]
    for (const scheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width: 360, height: 740 })
      for (const path of paths) {
        await page.goto(`${stage.url}${path}`)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await settled()
        await demandNoSidewaysScroll(page, path)
        await demandAccessible(page, 'nothing')
        await shot(
          `narrow-${scheme}${path
            .replace(destination?.id ?? '', 'id')
            .replace(message?.id ?? '', 'id')
            .replaceAll(/\W/g, '-')}`,
        )
      }
    }
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto(`${stage.url}${own}`)
    await page.getByText('The last').first().waitFor()
    await settled()
    await shot('dark-destination')
    await command('customer-42')
    await page.getByRole('heading', { name: 'Of customer 42' }).waitFor()
    expect(trouble).toEqual([])
  })
})
