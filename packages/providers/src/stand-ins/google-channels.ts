import { createHash } from 'node:crypto'
import { z } from 'zod'
import { googleBody } from './google-body.ts'
import { googleError } from './google-error.ts'
import type { StandInReply, StandInRequest } from './stand-in.ts'
import { createWebhookSender } from './webhook-sender.ts'

/** What a channel is to. */
export interface GoogleResource {
  /** Whose it is. */
  owner: string
  /** The same for all ways to write the same resource. */
  name: string
  /** As it was called. */
  uri: string
}

interface Channel {
  id: string
  resourceId: string
  resource: GoogleResource
  address: string
  token: string | undefined
  /** In milliseconds since 1970. */
  expiration: number
}

const day = 86_400_000
const defaultMs = 7 * day
const longestMs = 30 * day

const wholeNumber = z.union([z.string().regex(/^\d{1,15}$/), z.int().nonnegative()])
const channelBody = z.object({
  id: z.string().nullish(),
  type: z.string().nullish(),
  address: z.string().nullish(),
  token: z.string().nullish(),
  expiration: wholeNumber.nullish(),
  params: z.object({ ttl: wholeNumber.nullish() }).nullish(),
})
const stopBody = z.object({ id: z.string().nullish(), resourceId: z.string().nullish() })

/** A channel that is there from the beginning, for the example of how one is stopped; nobody listens at its address. */
const seededChannel = { id: '01234567-89ab-cdef-0123456789ab', resourceId: 'o3hgv1538sdjfh' }

/**
 * Push channels: messages without a body, of which the first says that there is a channel. They end by themselves and
 * are listed nowhere. https://developers.google.com/workspace/calendar/api/guides/push
 */
export function createGoogleChannels(publicUrl: string) {
  const sender = createWebhookSender(publicUrl)
  const channels = new Map<string, Channel>()
  /** Of all channels together, so that the numbers of one leave gaps, as Google's do. */
  let changes = 1

  const living = () => [...channels.values()].filter(({ expiration }) => expiration > Date.now())

  function send(channel: Channel, state: 'sync' | 'exists', number: number): void {
    const { id, resourceId, resource, address, token, expiration } = channel
    const headers = {
      'x-goog-channel-id': id,
      ...(token !== undefined && { 'x-goog-channel-token': token }),
      'x-goog-channel-expiration': new Date(expiration).toUTCString(),
      'x-goog-resource-id': resourceId,
      'x-goog-resource-uri': resource.uri,
      'x-goog-resource-state': state,
      'x-goog-message-number': String(number),
    }
    sender.send(() => ({ url: address, headers, body: '' }))
  }

  return {
    /** Adds the one of the examples. */
    seed(resource: GoogleResource): void {
      const address = 'https://koble.example.com/webhooks/google/token'
      const expiration = Date.now() + longestMs
      channels.set(seededChannel.id, { ...seededChannel, resource, address, token: undefined, expiration })
    },
    /** Opens a channel to what the caller may read. */
    watch(request: StandInRequest, resource: GoogleResource): StandInReply {
      const given = googleBody(request, channelBody)
      const { id, address, token } = given
      if (!id) throw googleError(400, 'required', 'Required: id')
      if (!/^[A-Za-z0-9\-_+/=]{1,64}$/.test(id)) throw googleError(400, 'invalid', 'Invalid channel id')
      if (given.type !== 'web_hook' && given.type !== 'webhook') {
        throw googleError(400, 'invalid', `Unknown channel type: ${given.type}`)
      }
      if (!address) throw googleError(400, 'required', 'Required: address')
      // Google itself takes https alone; Koble is developed without it.
      if (URL.parse(address)?.protocol !== 'https:' && !sender.isOurs(address)) {
        throw googleError(400, 'push.webhookUrlNotHttps', `WebHook callback must be HTTPS: ${address}`)
      }
      if (token && token.length > 256) throw googleError(400, 'invalid', 'Channel token too long')
      if (channels.has(id)) throw googleError(400, 'channelIdNotUnique', `Channel id ${id} not unique`)
      const channel = {
        ...{ id, resource, address, token: token ?? undefined, expiration: demandExpiration(given) },
        resourceId: createHash('sha256').update(resource.name).digest('base64url').slice(0, 27),
      }
      channels.set(id, channel)
      send(channel, 'sync', 1)
      const { resourceId, expiration } = channel
      const shown = { kind: 'api#channel', id, resourceId, resourceUri: resource.uri, ...(token && { token }) }
      return { body: { ...shown, expiration: String(expiration) } }
    },
    /** Ends a channel of the caller's. */
    stop(request: StandInRequest, owner: string): StandInReply {
      const { id, resourceId } = googleBody(request, stopBody)
      if (!id || !resourceId) throw googleError(400, 'required', 'Required')
      const found = living().find((one) => one.id === id && one.resourceId === resourceId)
      if (found?.resource.owner !== owner) {
        throw googleError(404, 'notFound', `Channel '${id}' not found for project 'koble-sandbox'`)
      }
      channels.delete(id)
      return { status: 204 }
    },
    /** Says to all who watch a resource that it has changed, and nothing more. */
    tell(name: string): void {
      changes += 1
      for (const channel of living()) if (channel.resource.name === name) send(channel, 'exists', changes)
    },
  }
}

export type GoogleChannels = ReturnType<typeof createGoogleChannels>

/** When it ends: as wished, but not after Google's longest. */
function demandExpiration({ expiration, params }: z.output<typeof channelBody>): number {
  const now = Date.now()
  const ttl = params?.ttl
  const wished = expiration != null ? Number(expiration) : now + (ttl != null ? Number(ttl) * 1000 : defaultMs)
  if (wished <= now) throw googleError(400, 'invalid', 'Invalid expiration: it is over already')
  return Math.min(wished, now + longestMs)
}
