import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createSender, type SenderType, senderSchemas } from './create-sender.ts'
import { canary, loopbackAllowed } from './testing/messages.ts'

/** The least that a sender of each type is set up with. */
const least: Record<SenderType, { config: object; secrets: object }> = {
  rabbitmq: { config: { host: 'broker.example', exchange: 'events' }, secrets: { username: 'u', password: 'p' } },
  kafka: { config: { brokers: ['a.example', '[2001:db8::1]:9093'], topic: 'events' }, secrets: {} },
  'redis-stream': { config: { host: '2001:db8::1', stream: 'events' }, secrets: {} },
  'nats-jetstream': { config: { servers: ['a.example:4222'] }, secrets: { token: 't' } },
  s3: { config: { region: 'eu-north-1', bucket: 'events' }, secrets: { accessKeyId: 'a', secretAccessKey: 's' } },
}
const types = Object.keys(senderSchemas) as SenderType[]

describe('making a sender', () => {
  it.each(types)(
    'needs no more than the least for %s, encrypts by default and connects to nothing yet',
    async (type) => {
      const { config, secrets } = least[type]
      const read = senderSchemas[type].configSchema.parse(config) as { tls?: boolean; batch?: unknown }
      expect(type === 's3' ? read.batch : read.tls).toEqual(
        type === 's3' ? { maxMessages: 1000, maxSeconds: 60, maxBytes: 8_388_608 } : true,
      )
      const sender = await createSender(type, config as never, secrets as never, { allowedPrivateNetworks: [] })
      await sender.close()
      await sender.close()
    },
  )

  it.each(types)('refuses fields that %s does not have, and repeats no secret', async (type) => {
    const { config, secrets } = least[type]
    const making = (c: object, s: object) => createSender(type, c as never, s as never, loopbackAllowed)
    await expect(making({ ...config, unknown: 1 }, secrets)).rejects.toMatchObject({ code: 'invalid_request' })
    const error = await making(config, { ...secrets, [`x-${type}`]: canary, password: { canary } }).catch((e) => e)
    expect(error).toMatchObject({ code: 'invalid_request' })
    expect(error.details.issues.length).toBeGreaterThan(0)
    expect(JSON.stringify(error.details) + error.stack).not.toContain(canary)
  })

  it.each([
    ['rabbitmq', { host: 'user:password@broker' }],
    ['rabbitmq', { host: 'broker/vhost' }],
    ['rabbitmq', { routingKey: '{unknown}' }],
    ['kafka', { brokers: ['kafka://broker:9092'] }],
    ['kafka', { brokers: [] }],
    ['kafka', { topic: 'a topic' }],
    ['redis-stream', { port: 0 }],
    ['redis-stream', { ca: 'no certificate' }],
    ['nats-jetstream', { servers: ['nats://user:password@host'] }],
    ['nats-jetstream', { stream: 'a.b' }],
    ['s3', { endpoint: 'ftp://store.example' }],
    ['s3', { endpoint: 'https://key:secret@store.example' }],
    ['s3', { bucket: '../other' }],
    ['s3', { prefix: '/absolute' }],
    ['s3', { region: 'x/y' }],
  ] as [SenderType, object][])('refuses for %s %j', (type, change) => {
    expect(senderSchemas[type].configSchema.safeParse({ ...least[type].config, ...change }).success).toBe(false)
  })

  it('loads a client library only for the first sender of its type', async () => {
    const code = `
      import { registerHooks } from 'node:module'
      const loaded = new Set()
      registerHooks({ resolve(specifier, context, next) {
        const found = next(specifier, context)
        const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(found.url)?.[1]
        if (name) loaded.add(name)
        return found
      } })
      const { createSender } = await import('@koble/connectors/create-sender')
      const before = [...loaded]
      await createSender('redis-stream', { host: 'a.example', stream: 'b' }, {}, { allowedPrivateNetworks: [] })
      console.log(JSON.stringify({ before, after: [...loaded] }))`
    const cwd = fileURLToPath(new URL('..', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code], { cwd })
    const { before, after } = JSON.parse(stdout) as Record<'before' | 'after', string[]>
    const clients = [
      'amqplib',
      '@platformatic/kafka',
      'redis',
      '@nats-io/transport-node',
      '@nats-io/jetstream',
      'aws4fetch',
    ]
    expect(before).toContain('zod')
    expect(before.filter((name) => clients.includes(name))).toEqual([])
    expect(after.filter((name) => clients.includes(name))).toEqual(['redis'])
  })
})
