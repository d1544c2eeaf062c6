import { senderSchemas } from '@koble/connectors/create-sender'
import { destinationTypes } from '@koble/contract/destination-types'
import { expect, test } from 'vitest'
import { z } from 'zod'

const pairs = [
  [destinationTypes.rabbitmq, senderSchemas.rabbitmq],
  [destinationTypes.kafka, senderSchemas.kafka],
  [destinationTypes.redis_stream, senderSchemas['redis-stream']],
  [destinationTypes.nats_jetstream, senderSchemas['nats-jetstream']],
  [destinationTypes.s3, senderSchemas.s3],
] as const

/** A schema as plain data; what is said about a field, and how an address is recognised, may differ. */
const shapeOf = (schema: z.ZodType) =>
  JSON.parse(
    JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), (name, value) =>
      ['description', 'format', '$schema'].includes(name) ? undefined : value,
    ),
  )

test.each(pairs)('what the API takes as a configuration is what the connector takes (%#)', (wire, connector) => {
  const [taken, wanted] = [shapeOf(wire.config), shapeOf(connector.configSchema)]
  if (taken.properties.endpoint) {
    // An address has no other bound in the connector.
    expect(taken.properties.endpoint).toEqual({ type: 'string', maxLength: 2_000 })
    delete taken.properties.endpoint
    delete wanted.properties.endpoint
  }
  expect(taken).toEqual(wanted)
})

test.each(pairs)('the API knows the same secrets as the connector (%#)', (wire, connector) => {
  const namesOf = (schema: { properties?: object; anyOf?: { properties?: object }[] }) =>
    [schema, ...(schema.anyOf ?? [])].flatMap(({ properties }) => Object.keys(properties ?? {})).toSorted()
  expect(namesOf(shapeOf(wire.secrets))).toEqual(namesOf(shapeOf(connector.secretsSchema)))
})
