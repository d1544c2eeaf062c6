/**
 * Users, groups and who is in which: what a stand-in for an identity provider keeps in memory, each in the provider's
 * own words. Users come in the order in which they were made.
 */
export function createDirectory<User extends { id: string }, Group extends { id: string }>(seed: {
  users: readonly User[]
  groups: readonly Group[]
  /** Ids of users by the id of the group. */
  members: Readonly<Record<string, readonly string[]>>
}) {
  const users = new Map(seed.users.map((user) => [user.id, structuredClone(user) as User]))
  const groups = new Map(seed.groups.map((group) => [group.id, structuredClone(group) as Group]))
  const members = new Map(Object.entries(seed.members).map(([id, ids]) => [id, new Set(ids)]))
  const idsIn = (groupId: string) => members.get(groupId) ?? new Set<string>()

  return {
    users,
    groups,
    /** False where the user was in it already. */
    join(groupId: string, userId: string): boolean {
      const ids = idsIn(groupId)
      if (ids.has(userId)) return false
      members.set(groupId, ids.add(userId))
      return true
    },
    /** False where the user was not in it. */
    leave: (groupId: string, userId: string): boolean => idsIn(groupId).delete(userId),
    membersOf: (groupId: string): User[] => [...users.values()].filter(({ id }) => idsIn(groupId).has(id)),
    groupsOf: (userId: string): Group[] => [...groups.values()].filter(({ id }) => idsIn(id).has(userId)),
    /** With all memberships. */
    remove(userId: string): boolean {
      for (const ids of members.values()) ids.delete(userId)
      return users.delete(userId)
    },
  }
}
