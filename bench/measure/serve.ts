/** Tells the bench that this process listens, and ends it when it is told to, or when the bench is gone. */
export function serve(origin: string, stop: () => Promise<void>): void {
  let stopping = false
  const end = async () => {
    if (stopping) return
    stopping = true
    await stop()
    process.exit(0)
  }
  process.once('SIGTERM', end)
  process.once('disconnect', end)
  // Ctrl+C reaches the whole group; the bench then tells each when to end.
  process.on('SIGINT', () => {})
  process.send?.({ ready: origin })
}
