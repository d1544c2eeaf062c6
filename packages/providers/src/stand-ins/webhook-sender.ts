/** A delivery that waits to be sent. */
export interface Outgoing {
  url: string
  /** Made when it is sent, as far as a signed time stands among them. */
  headers: Record<string, string>
  body: string
}

/**
 * Sends deliveries one after the other, after the request that caused them was answered. They go to Koble alone: a
 * stand-in calls nobody else, whatever address it is given.
 */
export function createWebhookSender(publicUrl: string) {
  const { origin } = new URL(publicUrl)
  let last = Promise.resolve()
  const isOurs = (url: string) => URL.parse(url)?.origin === origin

  return {
    isOurs,
    /** What is not answered is lost; providers would try again. */
    send(make: () => Outgoing): void {
      last = last
        .then(() => new Promise<void>((resolve) => setImmediate(resolve)))
        .then(async () => {
          const { url, headers, body } = make()
          if (!isOurs(url)) return
          const answer = await fetch(url, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...headers },
            body,
          })
          await answer.body?.cancel()
        })
        .catch(() => {})
    },
    /** A request whose answer matters (a handshake); null when there was none. */
    async ask({ url, headers, body }: Outgoing): Promise<Response | null> {
      return await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) }).catch(() => null)
    },
  }
}
