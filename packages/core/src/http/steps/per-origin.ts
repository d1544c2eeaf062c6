/** So many third parties are kept in mind; those that came first are forgotten first. */
const originsMax = 1_000

/** Makes one thing for each origin, when its first call comes. */
export function perOrigin<Part>(create: (origin: string) => Part): (origin: string) => Part {
  const parts = new Map<string, Part>()
  return (origin) => {
    let part = parts.get(origin)
    if (part === undefined) {
      part = create(origin)
      if (parts.size >= originsMax) {
        for (const first of parts.keys()) {
          parts.delete(first)
          break
        }
      }
      parts.set(origin, part)
    }
    return part
  }
}
