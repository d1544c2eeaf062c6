import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { type KeyboardEvent, useId, useState } from 'react'
import { eventTypeNamesQuery } from '../outbound-queries.ts'
import { Button } from './button.tsx'

const patternShape = /^(\*|[a-zA-Z0-9_-]+(\.[a-zA-Z0-9_-]+)*(\.\*)?)$/

/** The event types that a destination gets, as tags: whole names, beginnings with ".*", or "*" for everything. */
export function EventTypeTags({
  chosen,
  error,
  onChange,
}: {
  chosen: readonly string[]
  error: string | null
  onChange: (chosen: string[]) => void
}) {
  const id = useId()
  const { data: registered = [] } = useQuery(eventTypeNamesQuery)
  const [text, setText] = useState('')
  const [refused, setRefused] = useState<string | null>(null)
  const names = registered.map(({ name }) => name)
  const suggestions = suggest(names, chosen)
  const add = (added: readonly string[]) => {
    const wrong = added.find((pattern) => !patternShape.test(pattern))
    if (wrong !== undefined) return setRefused(`"${wrong}" is neither a type nor the beginning of some with ".*".`)
    setRefused(null)
    setText('')
    // What is said one by one takes the place of "everything".
    const kept = added.includes('*') ? [] : chosen.filter((pattern) => pattern !== '*')
    onChange([...new Set([...kept, ...added])])
  }
  const addTyped = () => {
    const typed = text.split(/[\s,]+/).filter(Boolean)
    if (typed.length > 0) add(typed)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ',') {
      event.preventDefault()
      addTyped()
    } else if (event.key === 'Backspace' && text === '' && chosen.length > 0) onChange(chosen.slice(0, -1))
  }
  const note = refused ?? error
  return (
    <div>
      <label htmlFor={id} className="mb-1 block font-medium">
        Event types
      </label>
      <div className="flex flex-wrap gap-1.5">
        {chosen.map((pattern) => (
          <span
            key={pattern}
            className="inline-flex min-h-7 items-center gap-1 rounded-md border border-accent/25 bg-accent-soft pl-2 font-mono text-xs break-all text-accent-ink"
          >
            {pattern}
            <button
              type="button"
              aria-label={`Remove ${pattern}`}
              onClick={() => onChange(chosen.filter((one) => one !== pattern))}
              className="self-stretch rounded-r-md px-1.5 hover:bg-hover pointer-coarse:px-2.5"
            >
              <X size={12} aria-hidden />
            </button>
          </span>
        ))}
      </div>
      <div className={`flex gap-2 ${chosen.length > 0 ? 'mt-2' : ''}`}>
        <input
          id={id}
          className="control font-mono"
          list={`${id}-names`}
          placeholder="invoice.paid or invoice.*"
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-describedby={`${id}-note`}
          aria-invalid={note ? true : undefined}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
          onBlur={addTyped}
        />
        <datalist id={`${id}-names`}>
          {names.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Button onClick={addTyped} disabled={text.trim() === ''}>
          Add
        </Button>
      </div>
      <p
        id={`${id}-note`}
        role={note ? 'alert' : undefined}
        className={`mt-1 text-xs ${note ? 'text-bad' : 'text-ink-faint'}`}
      >
        {note ??
          '* is everything, invoice.* is invoice.paid and invoice.line.added, koble.* what happens inside Koble.'}
      </p>
      {suggestions.length > 0 && (
        <div className="mt-2 flex flex-wrap gap-1.5">
          {suggestions.map((pattern) => (
            <button
              key={pattern}
              type="button"
              aria-label={`Add ${pattern}`}
              onClick={() => add([pattern])}
              className="rounded-md border border-dashed border-line-strong px-2 py-0.5 font-mono text-xs break-all text-ink-soft hover:bg-hover hover:text-ink pointer-coarse:py-1.5"
            >
              {`+ ${pattern}`}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

const suggestionsMax = 12

/** Everything, beginnings that several types have, and the types themselves; what is chosen is left out. */
function suggest(names: readonly string[], chosen: readonly string[]): string[] {
  const beginnings = names.flatMap((name) => (name.includes('.') ? [`${name.slice(0, name.indexOf('.'))}.*`] : []))
  const frequent = [...new Set(beginnings)].filter((one) => beginnings.filter((other) => other === one).length > 1)
  return ['*', ...frequent, ...names].filter((pattern) => !chosen.includes(pattern)).slice(0, suggestionsMax)
}
