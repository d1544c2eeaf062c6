import type { Destination } from '@koble/contract/destinations'
import { createDestination, updateDestination } from '@koble/contract/destinations'
import { expect, test } from 'vitest'
import {
  type DestinationValues,
  destinationValues,
  findDestinationErrors,
  newDestinationValues,
  toCreateBody,
  toUpdateBody,
} from './destination-values.ts'
import { destinationTypeList } from './outbound-wording.ts'

const filled: Record<string, Record<string, string>> = {
  https: { url: 'https://example.com/hooks', 'authentication.type': 'bearer', token: 'secret' },
  rabbitmq: { host: 'rabbit.example.com', username: 'koble', password: 'secret' },
  kafka: { brokers: 'a.example.com:9092, b.example.com', topic: 'messages' },
  redis_stream: { host: 'redis.example.com', stream: 'messages', maxLength: '1000' },
  nats_jetstream: { servers: 'nats.example.com:4222', token: 'secret' },
  s3: { bucket: 'events', region: 'eu-north-1', accessKeyId: 'id', secretAccessKey: 'key', 'batch.maxSeconds': '5' },
}
const https = (change: Partial<DestinationValues> = {}): DestinationValues => {
  const values = newDestinationValues('https')
  return { ...values, name: 'Billing', fields: { ...values.fields, ...filled['https'] }, ...change }
}
const stored = (change: Partial<Destination> = {}): Destination => {
  const { externalUserId, ...body } = createDestination.parse(toCreateBody(https()))
  return {
    ...body,
    id: '0190a5d2-8e6f-7c3a-9d41-2f1b6c5d4e3f',
    externalUserId,
    secretsSet: ['token', 'headers.x-secret', 'headers.x-other'],
    status: 'enabled',
    disabledReason: null,
    disabledAt: null,
    failingSince: null,
    previousSecretUntil: null,
    createdAt: '2026-01-01T00:00:00Z',
    updatedAt: '2026-01-01T00:00:00Z',
    ...change,
  }
}

test.each(destinationTypeList)('makes a body that the contract takes of the form of %s', (type) => {
  const values = newDestinationValues(type)
  const entered = { ...values, name: 'One', fields: { ...values.fields, ...filled[type] } }
  expect(findDestinationErrors(entered)).toEqual({})
  const parsed = createDestination.parse(toCreateBody(entered))
  expect(parsed).toMatchObject({
    type,
    name: 'One',
    eventTypes: ['*'],
    retrySchedule: [5, 300, 1800, 7200, 18000, 36000, 36000],
  })
})

test('names what is missing, by the path the server would name, and only for what is asked', () => {
  const empty = newDestinationValues('https')
  expect(Object.keys(findDestinationErrors(empty))).toEqual(['name', 'config.url'])
  const bearer = https({ filter: '[]', retrySchedule: 'soon', rateRequests: '5', eventTypes: [] })
  bearer.fields['token'] = ''
  expect(Object.keys(findDestinationErrors(bearer)).sort()).toEqual(
    ['eventTypes', 'filter', 'rateLimit', 'retrySchedule', 'secrets.token'].sort(),
  )
  expect(findDestinationErrors(bearer, ['token'])).not.toHaveProperty('secrets.token')
})

test('keeps secrets that are left empty, and takes away the headers that were removed', () => {
  const values = destinationValues(stored())
  values.secretHeaders = [
    { name: 'x-secret', value: null },
    { name: 'x-new', value: 'fresh' },
  ]
  const body = toUpdateBody(values, stored().secretsSet)
  expect(body.secrets).toEqual({ headers: { 'x-new': 'fresh', 'x-other': null } })
  expect(updateDestination.parse(body).config).toEqual(stored().config)
})

test('takes away the secrets of a queue that is signed in to no more', () => {
  const kafka = stored({
    type: 'kafka',
    config: { brokers: ['a:9092'], topic: 't', saslMechanism: 'PLAIN', tls: true, clientId: 'koble', idempotent: true },
    secretsSet: ['username', 'password'],
  })
  const values = destinationValues(kafka)
  expect(toUpdateBody(values, kafka.secretsSet)).not.toHaveProperty('secrets')
  values.fields['saslMechanism'] = ''
  expect(toUpdateBody(values, kafka.secretsSet).secrets).toEqual({ username: null, password: null })
})

test('shows a stored destination as it was entered', () => {
  const limited = stored({
    rateLimit: { requests: 100, perSeconds: 60 },
    filter: { 'data.amount': { $gte: 1 } },
    timeoutMs: 2500,
  })
  const { config, ...body } = toUpdateBody(destinationValues(limited), ['token', 'headers.x-secret', 'headers.x-other'])
  expect(config).toEqual(limited.config)
  expect(body).toMatchObject({ rateLimit: limited.rateLimit, filter: limited.filter, timeoutMs: 2500 })
  expect(body).not.toHaveProperty('secrets')
})
