import type { Adapter, AdapterPayload } from 'oidc-provider'

interface Kept {
  payload: AdapterPayload
  expiresAt: number
}

/** Where a stand-in's `oidc-provider` keeps codes, tokens and sessions: in memory, for one process. */
export function createOidcMemory(): (model: string) => Adapter {
  const kept = new Map<string, Kept>()
  return (model) => {
    const keyOf = (id: string) => `${model}:${id}`
    const read = (key: string) => {
      const found = kept.get(key)
      if (found && found.expiresAt <= Date.now()) kept.delete(key)
      return kept.get(key)?.payload
    }
    const first = (matches: (payload: AdapterPayload) => boolean) => {
      const key = [...kept.keys()].find(
        (each) => each.startsWith(`${model}:`) && matches((kept.get(each) as Kept).payload),
      )
      return key === undefined ? undefined : read(key)
    }
    return {
      async upsert(id, payload, expiresIn) {
        const expiresAt = expiresIn ? Date.now() + expiresIn * 1000 : Number.POSITIVE_INFINITY
        kept.set(keyOf(id), { payload, expiresAt })
      },
      find: async (id) => read(keyOf(id)),
      findByUid: async (uid) => first((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => first((payload) => payload.userCode === userCode),
      async consume(id) {
        const payload = read(keyOf(id))
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      async destroy(id) {
        kept.delete(keyOf(id))
      },
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of kept) if (payload.grantId === grantId) kept.delete(key)
      },
    }
  }
}
