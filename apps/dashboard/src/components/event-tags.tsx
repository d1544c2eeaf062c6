/** Kinds of event in short; none stands for all of them. */
export function EventTags({ events, most }: { events: readonly string[]; most: number }) {
  if (events.length === 0) return <span className="text-ink-soft">All</span>
  return (
    <span className="flex flex-wrap gap-1" title={events.join(', ')}>
      {events.slice(0, most).map((name) => (
        <code
          key={name}
          className="max-w-40 truncate rounded border border-line bg-sunken px-1.5 font-mono text-xs text-ink-soft"
        >
          {name}
        </code>
      ))}
      {events.length > most && <span className="text-xs text-ink-faint">{`+ ${events.length - most}`}</span>}
    </span>
  )
}
