import { useId, useState } from 'react'
import { useEventTypes } from '../hooks/use-event-types.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { TextField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'
import { Skeleton } from './placeholders.tsx'

const searchFrom = 9

/** Chooses which kinds of messages are wanted, as patterns: `*`, `invoice.*` or `invoice.paid`. */
export function EventPicker({
  patterns,
  error,
  onChange,
}: {
  patterns: readonly string[]
  error: string | null
  onChange: (patterns: string[]) => void
}) {
  const { t } = useKobleContext()
  const id = useId()
  const isAll = patterns.includes('*')
  return (
    <fieldset className="koble-fieldset" aria-describedby={error ? `${id}-error` : undefined}>
      <legend>{t('whichEvents')}</legend>
      <div className="koble-radios">
        <label>
          <input type="radio" name={id} checked={isAll} onChange={() => onChange(['*'])} />
          {t('allEvents')}
        </label>
        <label>
          <input type="radio" name={id} checked={!isAll} onChange={() => onChange([])} />
          {t('someEvents')}
        </label>
      </div>
      {!isAll && <Choices patterns={patterns} onChange={onChange} />}
      {error && (
        <p id={`${id}-error`} className="koble-field-error" role="alert">
          {error}
        </p>
      )}
    </fieldset>
  )
}

function Choices({ patterns, onChange }: { patterns: readonly string[]; onChange: (patterns: string[]) => void }) {
  const { t } = useKobleContext()
  const { eventTypes, isLoading, error, reload } = useEventTypes()
  const [search, setSearch] = useState('')
  const [typed, setTyped] = useState(patterns.join(', '))
  if (isLoading) return <Skeleton rows={2} />
  if (error) return <ErrorNotice error={error} onRetry={reload} />
  if (eventTypes.length === 0) {
    return (
      <TextField
        label={t('eventList')}
        help={t('eventListHelp')}
        placeholder="invoice.paid, customer.*"
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value)
          onChange(target.value.split(/[\s,]+/).filter(Boolean))
        }}
      />
    )
  }
  const toggle = (pattern: string) =>
    onChange(patterns.includes(pattern) ? patterns.filter((one) => one !== pattern) : [...patterns, pattern])
  const found = eventTypes.filter(({ name, description }) =>
    `${name} ${description}`.toLowerCase().includes(search.trim().toLowerCase()),
  )
  const groups = groupBy(found)
  const offered = new Set(eventTypes.flatMap(({ name }) => [name, `${groupOf(name)}.*`]))
  const others = patterns.filter((pattern) => !offered.has(pattern))
  return (
    <div className="koble-picker">
      {eventTypes.length >= searchFrom && (
        <input
          type="search"
          className="koble-control"
          aria-label={t('searchEvents')}
          placeholder={t('searchEvents')}
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
      )}
      {/* A region that scrolls must be within reach of the keyboard; its boxes are. */}
      <div className="koble-picker-list">
        {found.length === 0 && <p className="koble-soft">{t('noEventsFound')}</p>}
        {[...groups].map(([group, types]) => {
          const whole = `${group}.*`
          const isWhole = patterns.includes(whole)
          return (
            <div key={group} className="koble-picker-group">
              {(types.length > 1 || isWhole) && (
                <label className="koble-check koble-strong">
                  <input
                    type="checkbox"
                    checked={isWhole}
                    onChange={() =>
                      onChange(
                        isWhole
                          ? patterns.filter((one) => one !== whole)
                          : [...patterns.filter((one) => groupOf(one) !== group), whole],
                      )
                    }
                  />
                  {t('groupEvents', { group })}
                </label>
              )}
              {types.map(({ name, description }) => (
                <label key={name} className="koble-check">
                  <input
                    type="checkbox"
                    checked={isWhole || patterns.includes(name)}
                    disabled={isWhole}
                    onChange={() => toggle(name)}
                  />
                  <span>
                    <code>{name}</code>
                    {description && <span className="koble-check-help">{description}</span>}
                  </span>
                </label>
              ))}
            </div>
          )
        })}
        {others.map((pattern) => (
          <label key={pattern} className="koble-check">
            <input type="checkbox" checked onChange={() => toggle(pattern)} />
            <code>{pattern}</code>
          </label>
        ))}
      </div>
    </div>
  )
}

const groupOf = (name: string) => name.split('.', 1)[0] ?? name

function groupBy<Type extends { name: string }>(types: readonly Type[]): Map<string, Type[]> {
  const groups = new Map<string, Type[]>()
  for (const type of types) groups.set(groupOf(type.name), [...(groups.get(groupOf(type.name)) ?? []), type])
  return groups
}
