import { v7 as uuidv7 } from 'uuid'

/** A new UUIDv7, with the millisecond it carries as a date: rows are stored under both. */
export function timedId(): { id: string; at: Date } {
  const id = uuidv7()
  return { id, at: timeOfId(id) }
}

/** The millisecond that a UUIDv7 carries (RFC 9562, section 5.7). Any other UUID gives a time that finds nothing. */
export function timeOfId(id: string): Date {
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16))
}

/** The smallest UUIDv7 of a moment: ids made from then on are greater. */
export function firstIdOf(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`
}
