import { connectionFailure, temporary } from './send-failure.ts'
import type { OutboundMessage, Sender, SenderEnvironment, SendFailure, SendResult } from './sender.ts'

/** What a protocol brings; `createConnectedSender` adds the keeping of the connection, the time limits and the results. */
export interface Protocol<Connection> {
  /** Connects and signs in. May reject with anything. The signal is aborted when it takes too long. */
  open(signal: AbortSignal): Promise<Connection>
  /** Whether messages can still go over it. */
  isOpen(connection: Connection): boolean
  /** Sends in order, and settles each message as soon as its fate is known. May reject with anything. */
  send(connection: Connection, messages: readonly OutboundMessage[], settle: Settle): Promise<void>
  /** Looks at the destination without sending to it. May reject with anything. */
  test(connection: Connection): Promise<SendResult>
  /** Ends the connection; at once when it is of no use any more. May reject. */
  close(connection: Connection, atOnce: boolean): Promise<void>
  /** What an error of the above means; undefined where it is none of the protocol's own. */
  judge(error: unknown): SendFailure | undefined
}

/** Notes the result of the message at this place; only the first counts. */
export type Settle = (index: number, result: SendResult) => void

/**
 * Makes a sender with one connection: opened for the first message, kept while messages come, closed when none came for
 * a while, and given up when it dies or does not answer, so that the next message opens a new one.
 */
export function createConnectedSender<Connection>(
  protocol: Protocol<Connection>,
  environment: SenderEnvironment,
): Sender {
  const { connectTimeoutMs = 10_000, sendTimeoutMs = 30_000, idleTimeoutMs = 60_000 } = environment
  let current: Promise<Connection> | undefined
  const underWay = new Set<Promise<unknown>>()
  let idle: NodeJS.Timeout | undefined
  let closed = false

  const judge = (error: unknown) =>
    error instanceof Overdue ? temporary('timeout', error.message) : (protocol.judge(error) ?? connectionFailure(error))
  const cut = (connection: Connection) => protocol.close(connection, true).catch(() => {})

  function connect(): Promise<Connection> {
    const ending = new AbortController()
    const opening = protocol.open(ending.signal)
    const connected = within(connectTimeoutMs, 'The connection did not stand in time.', opening).catch((error) => {
      if (current === connected) current = undefined
      ending.abort()
      // One that comes to stand after all is not wanted any more.
      opening.then(cut).catch(() => {})
      throw error
    })
    return connected
  }

  async function connection(): Promise<Connection> {
    if (current !== undefined) {
      const kept = current
      const known = await kept
      if (protocol.isOpen(known)) return known
      // Others may have replaced it while we waited.
      if (current === kept) {
        current = undefined
        void cut(known)
      }
    }
    current ??= connect()
    return current
  }

  /** Whatever is still under way over it must not be mixed up with what is sent next. */
  async function giveUp(given: Connection | undefined): Promise<void> {
    if (given === undefined) return
    const kept = current
    // Cut before anything else happens; that it was the one in use is found out only later.
    await cut(given)
    if (kept !== undefined && current === kept && (await kept.catch(() => undefined)) === given) current = undefined
  }

  async function whileBusy<T>(work: () => Promise<T>): Promise<T> {
    clearTimeout(idle)
    const working = work()
    underWay.add(working)
    try {
      return await working
    } finally {
      underWay.delete(working)
      if (underWay.size === 0 && current !== undefined) {
        idle = setTimeout(() => void rest(), idleTimeoutMs)
        idle.unref()
      }
    }
  }

  async function rest(): Promise<void> {
    const rested = current
    current = undefined
    const known = await rested?.catch(() => undefined)
    if (known === undefined) return
    await within(closeTimeoutMs, 'The server did not say goodbye.', protocol.close(known, false)).catch(() =>
      cut(known),
    )
  }

  return {
    send(messages, { signal }) {
      const results: (SendResult | undefined)[] = messages.map(() => undefined)
      const settle: Settle = (index, result) => {
        results[index] ??= result
      }
      const failRest = (failure: SendFailure) => results.map((result) => result ?? failure)
      if (closed) return Promise.resolve(failRest(closedFailure))
      if (messages.length === 0) return Promise.resolve([])
      return whileBusy(async () => {
        let used: Connection | undefined
        try {
          signal.throwIfAborted()
          const work = async () => {
            used = await connection()
            await protocol.send(used, messages, settle)
          }
          await within(sendTimeoutMs, 'The server did not confirm in time.', work(), signal)
          return failRest(temporary('unavailable', 'The server said nothing about the message.'))
        } catch (error) {
          const failed = failRest(signal.aborted ? endedFailure : judge(error))
          if (error instanceof Overdue) await giveUp(used)
          return failed
        }
      })
    },
    test() {
      if (closed) return Promise.resolve(closedFailure)
      return whileBusy(async () => {
        let used: Connection | undefined
        try {
          const work = async () => {
            used = await connection()
            return protocol.test(used)
          }
          return await within(sendTimeoutMs, 'The server did not answer in time.', work())
        } catch (error) {
          if (error instanceof Overdue) await giveUp(used)
          return judge(error)
        }
      })
    },
    async close() {
      closed = true
      await Promise.allSettled(underWay)
      clearTimeout(idle)
      await rest()
    },
  }
}

/** How `sendEach` sends. */
export interface EachOptions {
  /** Starts sending one; resolves when the server has confirmed it. */
  publish(message: OutboundMessage): Promise<SendResult>
  /** Resolves when the connection takes more. */
  ready?(): Promise<void>
  /** What an error of `publish` means. */
  judge(error: unknown): SendFailure
  /** How many may wait for their confirmation at the same time. */
  unconfirmedMax: number
}

/** Sends one message after the other, without waiting for each to be confirmed, and resolves when all are. */
export async function sendEach(
  messages: readonly OutboundMessage[],
  settle: Settle,
  { publish, ready, judge, unconfirmedMax }: EachOptions,
): Promise<void> {
  const unconfirmed = new Set<Promise<void>>()
  for (const [index, message] of messages.entries()) {
    await ready?.()
    const one: Promise<void> = publish(message)
      .then(
        (result) => settle(index, result),
        (error) => settle(index, judge(error)),
      )
      .then(() => void unconfirmed.delete(one))
    unconfirmed.add(one)
    if (unconfirmed.size >= unconfirmedMax) await Promise.race(unconfirmed)
  }
  await Promise.all(unconfirmed)
}

const endedFailure = temporary('timeout', 'The sending was ended before the server confirmed.')
const closedFailure = temporary('unavailable', 'The sender has been closed.')

/** For the last words that the protocol has; a server that hangs says none. */
const closeTimeoutMs = 2_000

class Overdue extends Error {}

/** Waits for the work so long and no longer, and no longer than the signal lets it. The work goes on unheard. */
async function within<T>(timeoutMs: number, message: string, work: Promise<T>, signal?: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let stop: (() => void) | undefined
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Overdue(message)), timeoutMs)
    stop = () => reject(new Overdue(message))
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
  })
  try {
    return await Promise.race([work, overdue])
  } finally {
    clearTimeout(timer)
    if (stop) signal?.removeEventListener('abort', stop)
  }
}
