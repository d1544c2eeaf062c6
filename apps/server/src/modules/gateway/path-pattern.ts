/** Whether a path fits a pattern in which `*` stands for any characters; in one pass, whatever the pattern. */
export function pathPattern(pattern: string): (path: string) => boolean {
  const [start = '', ...parts] = pattern.split('*')
  const end = parts.pop()
  if (end === undefined) return (path) => path === pattern
  return (path) => {
    if (!path.startsWith(start)) return false
    let at = start.length
    for (const part of parts) {
      const found = path.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return path.length - end.length >= at && path.endsWith(end)
  }
}
