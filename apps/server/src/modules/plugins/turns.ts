/** Something that waits in a lane of an organization. */
export interface InLane {
  organizationId: string
  lane: string
}

/**
 * Who is next: within a lane the first that came; the lanes of an organization take turns, and so do the organizations,
 * so that many calls of one keep no other waiting.
 */
export class Turns<Item extends InLane> {
  readonly #organizations = new Map<string, Map<string, Item[]>>()

  add(item: Item): void {
    const lanes = this.#organizations.get(item.organizationId) ?? new Map<string, Item[]>()
    this.#organizations.set(item.organizationId, lanes)
    const items = lanes.get(item.lane) ?? []
    lanes.set(item.lane, items)
    items.push(item)
  }

  /** The next in turn whose lane may go now. */
  next(mayGo: (lane: string) => boolean): Item | undefined {
    for (const [organizationId, lanes] of this.#organizations) {
      for (const [lane, items] of lanes) {
        if (!mayGo(lane)) continue
        const item = items.shift()
        lanes.delete(lane)
        if (items.length > 0) lanes.set(lane, items)
        this.#organizations.delete(organizationId)
        if (lanes.size > 0) this.#organizations.set(organizationId, lanes)
        return item
      }
    }
    return undefined
  }

  /** Takes the last ones out of a lane until so many are left. */
  trim({ organizationId, lane }: InLane, left: number): Item[] {
    const lanes = this.#organizations.get(organizationId)
    const taken = lanes?.get(lane)?.splice(left) ?? []
    if (left === 0) lanes?.delete(lane)
    if (lanes?.size === 0) this.#organizations.delete(organizationId)
    return taken
  }
}
