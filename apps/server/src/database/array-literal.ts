/**
 * Arrays as PostgreSQL reads them (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-INPUT), for statements
 * that write many rows at once: the driver looks at each element for what it might be, which takes three times as long.
 */

/** Of ids, numbers and truth values, which need no quotes. */
export function plainArray(values: readonly (string | number | boolean | null)[]): string {
  return `{${values.map((value) => value ?? 'NULL').join(',')}}`
}

/** Of moments as milliseconds since 1970; the statement makes moments of them. */
export function timeArray(values: readonly (Date | null)[]): string {
  return plainArray(values.map((value) => value?.getTime() ?? null))
}

/** Of any text. */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`
}

const quoted = (text: string) => `"${/[\\"]/.test(text) ? text.replace(/[\\"]/g, '\\$&') : text}"`
