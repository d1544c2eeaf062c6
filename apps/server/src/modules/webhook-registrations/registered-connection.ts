import type { RegistrationStore } from './store.ts'

/** Whose registration a delivery comes by, as the query of its URL says; null where that names none of this endpoint. */
export type FindRegisteredConnection = (endpointId: string, search: string) => Promise<string | null>

/** Whether the registration that the query of a URL names is being made at its provider right now. */
export type IsBeingRegistered = (endpointId: string, search: string) => Promise<boolean>

const rememberedMax = 10_000

/** Remembers what it found: a registration stays its connection's for good. */
export function createFindRegisteredConnection(
  store: Pick<RegistrationStore, 'findConnection'>,
): FindRegisteredConnection {
  const known = new Map<string, string>()
  return async (endpointId, search) => {
    const registrationId = registrationIn(search)
    if (registrationId === undefined) return null
    const key = `${endpointId} ${registrationId}`
    const remembered = known.get(key)
    if (remembered !== undefined) return remembered
    const connectionId = await store.findConnection(endpointId, registrationId)
    if (known.size >= rememberedMax) known.clear()
    if (connectionId !== null) known.set(key, connectionId)
    return connectionId
  }
}

export function createIsBeingRegistered(store: Pick<RegistrationStore, 'isBeingMade'>): IsBeingRegistered {
  return async (endpointId, search) => {
    const registrationId = registrationIn(search)
    return registrationId !== undefined && (await store.isBeingMade(endpointId, registrationId))
  }
}

function registrationIn(search: string): string | undefined {
  return /[?&]registration=([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(?:&|$)/.exec(search)?.[1]
}
