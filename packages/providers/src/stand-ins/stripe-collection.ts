import { randomInt } from 'node:crypto'
import { z } from 'zod'
import type { StandInReply, StandInRequest } from './stand-in.ts'
import { InvalidParameters, noSuch } from './stripe-error.ts'
import { idText, integer, stripeQuery } from './stripe-form.ts'

/** What every object has. */
export interface StripeObject {
  id: string
  object: string
  /** Unix seconds. */
  created: number
}

export type StripeCollection<Item extends StripeObject> = ReturnType<typeof createCollection<Item>>

/** The objects of one kind, which `kind` names in errors. */
export function createCollection<Item extends StripeObject>(kind: string) {
  const items = new Map<string, Item>()
  return {
    add(item: Item): Item {
      items.set(item.id, item)
      return item
    },
    remove: (id: string) => items.delete(id),
    find: (id: string) => items.get(id),
    /** Refuses an id that is none. */
    demand(id = '', where: { param?: string; status?: number } = {}): Item {
      const found = items.get(id)
      if (!found) throw noSuch(kind, id, where)
      return found
    },
    /** The newest first. */
    all: () => [...items.values()].reverse(),
    /** The page that is asked for. `shape` are the parameters beside those of every list, by which `keep` chooses. */
    page<Shape extends z.ZodRawShape>(
      request: StandInRequest,
      shape: Shape,
      keep: (item: Item, query: z.output<z.ZodObject<Shape>>) => boolean = () => true,
    ): StandInReply {
      const query = stripeQuery(request, z.strictObject({ ...listParameters, ...shape }))
      const chosen = this.all().filter((item) => keep(item, query as never) && isWithin(item.created, query))
      return pageOf(chosen, query as Paging, kind, new URL(request.target, 'http://stripe').pathname)
    },
  }
}

/** `pi_3…` in the way of Stripe's ids. */
export function stripeId(prefix: string): string {
  return `${prefix}_${Array.from({ length: 24 }, () => alphabet[randomInt(alphabet.length)]).join('')}`
}

/** Unix seconds. */
export function seconds(): number {
  return Math.floor(Date.now() / 1000)
}

/** A list as Stripe has them, of which all is there. */
export function wholeList(data: readonly object[], url: string) {
  return { object: 'list', data, has_more: false, url }
}

/** An object that was removed. */
export function removed({ id, object }: StripeObject): StandInReply {
  return { body: { id, object, deleted: true } }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const range = z.strictObject({
  gt: integer().optional(),
  gte: integer().optional(),
  lt: integer().optional(),
  lte: integer().optional(),
})

/** The parameters of every list. https://docs.stripe.com/api/pagination */
export const listParameters = {
  limit: integer({ min: 1, max: 100 }).default(10),
  starting_after: idText.optional(),
  ending_before: idText.optional(),
  created: z.union([integer(), range]).optional(),
}
type Paging = Pick<z.output<z.ZodObject<typeof listParameters>>, 'limit' | 'starting_after' | 'ending_before'>

function isWithin(created: number, query: Record<string, unknown>): boolean {
  const asked = query['created'] as z.output<typeof listParameters.created>
  if (asked === undefined || typeof asked === 'number') return asked === undefined || created === asked
  const { gt = -1, gte = 0, lt = Infinity, lte = Infinity } = asked
  return created > gt && created >= gte && created < lt && created <= lte
}

function pageOf(items: StripeObject[], { limit, ...cursor }: Paging, kind: string, url: string): StandInReply {
  const { starting_after: after, ending_before: before } = cursor
  if (after !== undefined && before !== undefined) {
    const message = 'You may only specify one of these parameters: starting_after, ending_before.'
    throw new InvalidParameters(message, { code: 'parameters_exclusive', param: 'starting_after' })
  }
  const indexOf = (id: string, param: string) => {
    const index = items.findIndex((item) => item.id === id)
    if (index < 0) throw noSuch(kind, id, { param })
    return index
  }
  const earlier = before === undefined ? undefined : items.slice(0, indexOf(before, 'ending_before'))
  const later = after === undefined ? items : items.slice(indexOf(after, 'starting_after') + 1)
  const data = earlier ? earlier.slice(-limit) : later.slice(0, limit)
  return { body: { object: 'list', data, has_more: (earlier ?? later).length > limit, url } }
}
