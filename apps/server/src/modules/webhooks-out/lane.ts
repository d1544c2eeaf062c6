import { RateLimiter } from '@koble/core/resilience'
import type { OpenDestination } from './destination.ts'
import type { LeasedDelivery } from './message.ts'
import type { Sender } from './sender.ts'

/** What this node has in hand for one destination. */
export interface Lane {
  readonly destinationId: string
  /** Leased, and waiting for their turn. */
  queue: LeasedDelivery[]
  /** Sends under way, a batch counted once. */
  active: number
  /** Nothing is sent before; it was asked for, or nothing could be sent. */
  pausedUntilMs: number
  /** Answers in a row that asked for a rest. */
  throttled: number
  /** The last attempts took long or came to nothing: such lanes together get only a part of all places. */
  slow: boolean
  /** There is more to claim than was claimed. */
  more: boolean
  /** The same for messages that go one after the other. */
  moreKeyed: boolean
  /** Where the next claim of those begins. */
  afterKey: string
  /** A permission of the rate limiter is waited for, or the destination is being read. */
  waiting: boolean
  /** Permissions of the rate limiter that were given and not used yet. */
  permits: number
  /** When the first of a batch came. */
  batchSinceMs: number | null
  equipment: Equipment | null
  /** The destination as it was read for the next attempt, while nothing can be remembered. */
  fresh: OpenDestination | null
}

/** What a lane sends with; made anew when the destination changes. */
export interface Equipment {
  destination: OpenDestination
  sender: Sender
  limiter: RateLimiter | null
  /** Sends under way with it: a sender that was replaced is closed after the last of them. */
  inUse: number
}

/** As much as goes out while the next is claimed. */
const roomLeast = 400
const roomMost = 1_000
/** So much is held of a destination with a rate limit: what it lets pass in this time. */
const rateLimitedAheadSeconds = 20

export function createLane(destinationId: string): Lane {
  return {
    destinationId,
    queue: [],
    active: 0,
    pausedUntilMs: 0,
    throttled: 0,
    slow: false,
    more: false,
    moreKeyed: false,
    afterKey: '',
    waiting: false,
    permits: 0,
    batchSinceMs: null,
    equipment: null,
    fresh: null,
  }
}

/** How many deliveries of the destination may be held in memory, those under way included. */
export function capacityOf(
  lane: Pick<Lane, 'slow'> | undefined,
  destination: Pick<OpenDestination, 'concurrency' | 'rateLimit'>,
  batchMessagesMax = 0,
): number {
  const { concurrency, rateLimit } = destination
  const usual = lane?.slow ? concurrency : Math.min(roomMost, Math.max(roomLeast, concurrency * 16))
  const ahead = rateLimit ? Math.ceil((rateLimit.requests / rateLimit.perSeconds) * rateLimitedAheadSeconds) : Infinity
  return Math.max(1, Math.min(Math.max(usual, batchMessagesMax * 2), ahead))
}

/** The limiter of a destination; `share` is by how many nodes the limit is divided. */
export function limiterOf(
  { id, rateLimit }: Pick<OpenDestination, 'id' | 'rateLimit'>,
  options: Omit<ConstructorParameters<typeof RateLimiter>[0], 'windows' | 'name'> & { share: number },
): RateLimiter | null {
  if (rateLimit === null) return null
  const { share, ...rest } = options
  const requests = Math.max(1, Math.floor(rateLimit.requests / share))
  return new RateLimiter({
    ...rest,
    name: `destination ${id}`,
    windows: [{ requests, windowMs: rateLimit.perSeconds * 1000 }],
    maxWaitMs: 30_000,
  })
}
