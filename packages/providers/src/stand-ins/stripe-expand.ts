import { InvalidParameters } from './stripe-error.ts'

/** Gives the object that stands behind an id, or what a property is that only stands there when it is asked for. */
export type FindWhole = (owner: Record<string, unknown>, property: string) => unknown

/** Puts whole objects where their ids stand, along paths such as `data.latest_charge`. https://docs.stripe.com/api/expanding_objects */
export async function expand(value: unknown, path: string, find: FindWhole): Promise<unknown> {
  return await along(value, path.split('.'), path, find)
}

async function along(value: unknown, [name = '', ...rest]: string[], path: string, find: FindWhole): Promise<unknown> {
  if (Array.isArray(value)) return await Promise.all(value.map((item) => along(item, [name, ...rest], path, find)))
  if (typeof value !== 'object' || value === null) return value
  const owner = value as Record<string, unknown>
  const inner = owner[name]
  if (inner === null) return value
  const whole = typeof inner === 'object' ? inner : await find(owner, name)
  if (whole === undefined) {
    const message = `This property cannot be expanded (${path}).`
    throw new InvalidParameters(message, { param: 'expand' })
  }
  return { ...owner, [name]: rest.length > 0 ? await along(whole, rest, path, find) : whole }
}
