import type { routes } from '@koble/contract/routes'

type Routes = typeof routes

/** The contract's routes by method and path, so that a call can only be written as the contract has it. */
type RoutesByKey = { [Name in keyof Routes as `${Routes[Name]['method']} ${Routes[Name]['path']}`]: Routes[Name] }

/** A route as method and path, `GET /api/connections/{id}`. */
export type RouteKey = keyof RoutesByKey

type Accepts<Schema> = Schema extends { _zod: { input: infer Value } } ? Value : never
type Gives<Schema> = Schema extends { _zod: { output: infer Value } } ? Value : never

/** What a route takes in its body. */
export type Body<Key extends RouteKey> = RoutesByKey[Key] extends { body: infer Schema } ? Accepts<Schema> : undefined

/** What a route takes in its query; every part has a default or may be left out. */
export type Query<Key extends RouteKey> = RoutesByKey[Key] extends { query: infer Schema }
  ? Partial<Gives<Schema>>
  : undefined

/** What a route answers. */
export type Answer<Key extends RouteKey> =
  | (Gives<RoutesByKey[Key]['success']['body']> extends never ? undefined : Gives<RoutesByKey[Key]['success']['body']>)
  | (RoutesByKey[Key] extends { otherwise: { body: infer Schema } } ? Gives<Schema> : never)

/** The routes that answer page by page. */
export type PagedKey = {
  [Key in RouteKey]: Answer<Key> extends { nextCursor: string | null } ? Key : never
}[RouteKey]

/** One row of a paged route. */
export type Item<Key extends PagedKey> = Answer<Key> extends { data: (infer Row)[] } ? Row : never

/** The names in braces of a path, each of which needs a value. */
export type Params<Key extends string> = Key extends `${string}{${infer Name}}${infer Rest}`
  ? { [Param in Name]: string } & Params<Rest>
  : unknown
