/** Grey bars in the place of rows that are being read. */
export function Skeleton({ rows = 4, label = 'Loading' }: { rows?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="animate-pulse-soft space-y-3 p-4">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never change places
        <div key={row} className="h-4 rounded bg-hover" style={{ width: `${92 - ((row * 23) % 40)}%` }} />
      ))}
    </div>
  )
}
