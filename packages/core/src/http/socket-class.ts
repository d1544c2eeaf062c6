import { type Agent, type Dispatcher, WebSocket } from 'undici'
import type { KobleError } from '../errors/errors.ts'
import { describeFailure } from './call-failure.ts'
import type { HeaderFields } from './headers.ts'
import { rejectedAnswer } from './rejected-answer.ts'

/** How the sockets of a class connect. */
export interface SocketClassOptions {
  /** From `createAgent`: it checks the address, as for every other call. */
  agent: Agent
  /** Sent with the handshake. */
  headers: HeaderFields
  /** The handshake was answered with 101. */
  onOpen?(): void
  /** It was not, and why, which a WebSocket keeps to itself. `details.status` is there when it was answered at all. */
  onRefused(error: KobleError): void
}

/**
 * Makes a `WebSocket` to hand to a library that takes one. Its sockets reach only what the agent lets through, follow no
 * redirects, and carry the headers. Messages larger than the agent allows end the connection.
 */
export function createSocketClass(options: SocketClassOptions): typeof WebSocket {
  const dispatcher = options.agent.compose(
    (dispatch) => (request, handler) => dispatch(request, watch(handler, options)),
  )
  const headers = Object.entries(options.headers).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  )
  return class extends WebSocket {
    constructor(url: string | URL, protocols: string | string[] = []) {
      super(url, { protocols, headers, dispatcher })
    }
  } as typeof WebSocket
}

type Handler = Dispatcher.DispatchHandler

/** Hears how a handshake ends, and passes everything on. */
function watch(handler: Handler, { onOpen, onRefused }: SocketClassOptions): Handler {
  return {
    onRequestStart: (...given) => handler.onRequestStart?.(...given),
    onRequestUpgrade(...given) {
      onOpen?.()
      return handler.onRequestUpgrade?.(...given)
    },
    onResponseStart(controller, status) {
      // Not passed on: by the rules of fetch a 401 would be answered with the same request once more.
      controller.abort(rejectedAnswer(status, new Headers(), null))
    },
    onResponseData: (...given) => handler.onResponseData?.(...given),
    onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
    onResponseError(...given) {
      onRefused(describeFailure(given[1]))
      return handler.onResponseError?.(...given)
    },
  }
}
