/**
 * Works on many things, a few at a time and in no particular order, so that neighbours do not meet at one provider. What
 * fails does not hold up the others: what happened stands on the connection.
 */
export async function runMany<Item>(
  items: Item[],
  parallel: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const left = items.map((item) => ({ item, order: Math.random() })).sort((a, b) => a.order - b.order)
  const next = async (): Promise<void> => {
    for (let entry = left.pop(); entry; entry = left.pop()) {
      try {
        await work(entry.item)
      } catch {
        // Said where it happened.
      }
    }
  }
  await Promise.all(Array.from({ length: parallel }, next))
}
