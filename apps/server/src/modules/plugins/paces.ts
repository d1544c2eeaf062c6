/** How long calls of one lane take, and how many are let in. */
export class Pace {
  waiting = 0
  #averageMs = 2
  #freeAt = 0

  /** Such calls are kept few, and leave a thread to the others. */
  get isSlow(): boolean {
    return this.#averageMs >= slowMs
  }

  /** So many may wait: as many as are done soon. */
  get room(): number {
    return Math.max(1, Math.floor(soonMs / this.#averageMs))
  }

  note(durationMs: number): void {
    this.#averageMs = Math.max(0.5, this.#averageMs * (1 - weight) + durationMs * weight)
  }

  /** When it would be the turn of one that is not let in: one after the other, so that they do not all come back at once. */
  nextTurnMs(): number {
    const now = performance.now()
    this.#freeAt = Math.max(this.#freeAt, now) + this.#averageMs
    const inMs = this.#freeAt - now + soonMs
    if (inMs <= laterMaxMs) return inMs
    this.#freeAt = now + laterMaxMs
    return laterMaxMs * (0.5 + Math.random() / 2)
  }
}

const slowMs = 100
const soonMs = 1000
const laterMaxMs = 60_000
/** Of the latest call: a plugin that loops is known for it after its first timeout. */
const weight = 0.3
const lanesMax = 5000

/** The paces of all lanes, those that were not used for longest forgotten first. */
export class Paces {
  readonly #paces = new Map<string, Pace>()

  of(lane: string): Pace {
    const known = this.#paces.get(lane)
    if (known) return known
    if (this.#paces.size >= lanesMax) this.#forgetIdle()
    const pace = new Pace()
    this.#paces.set(lane, pace)
    return pace
  }

  #forgetIdle(): void {
    for (const [lane, { waiting }] of this.#paces) {
      if (waiting === 0) this.#paces.delete(lane)
      if (this.#paces.size < lanesMax / 2) return
    }
  }
}
