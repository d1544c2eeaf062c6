const dayMs = 86_400_000

/** How long an API key may live, in days, as choices; empty is for good. */
export const lifetimes = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'One year' },
  { value: '', label: 'Never' },
]

/** When a key that is given so many days from now ends; undefined is never. */
export function expiryOf(days: string): string | undefined {
  return days ? new Date(Date.now() + Number(days) * dayMs).toISOString() : undefined
}
