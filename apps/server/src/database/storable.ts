/** What PostgreSQL's `text` can hold: any character but U+0000. A row that it refuses would fail its whole batch. */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}

/** What its `jsonb` can hold: neither that, nor half of a surrogate pair. */
export function storableJson(text: string): string {
  return storableText(text).toWellFormed()
}
