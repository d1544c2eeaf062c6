import { useState } from 'react'
import { Button } from './button.tsx'

/** Chooses which kinds of event an endpoint takes: none chosen means all. */
export function EventPicker({
  offered,
  chosen,
  onChange,
}: {
  offered: readonly string[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}) {
  const [other, setOther] = useState('')
  const toggle = (name: string) =>
    onChange(chosen.includes(name) ? chosen.filter((event) => event !== name) : [...chosen, name])
  const all = [...new Set([...offered, ...chosen])]
  const add = () => {
    const names = other.split(/[\s,]+/).filter((name) => name && !chosen.includes(name))
    if (names.length > 0) onChange([...chosen, ...names])
    setOther('')
  }
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Events</legend>
      <p className="mb-2 text-xs text-ink-faint">
        {chosen.length === 0
          ? 'All events are taken. Choose some to take only those.'
          : 'Only the chosen ones are processed; others are acknowledged and ignored.'}
      </p>
      <div className="flex max-h-56 flex-wrap gap-1.5 overflow-y-auto p-0.5">
        {all.map((name) => (
          <label
            key={name}
            className="flex cursor-pointer items-center rounded-md border border-line-strong bg-surface px-2 py-1 font-mono text-xs break-all text-ink-soft hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-checked:text-accent-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input type="checkbox" className="sr-only" checked={chosen.includes(name)} onChange={() => toggle(name)} />
            {name}
          </label>
        ))}
      </div>
      <div className="mt-2 flex gap-2">
        <input
          className="control font-mono"
          aria-label="Another event by its name"
          placeholder="Another event, by its name"
          value={other}
          onChange={(event) => setOther(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            add()
          }}
        />
        <Button onClick={add} disabled={other.trim() === ''}>
          Add
        </Button>
      </div>
    </fieldset>
  )
}
