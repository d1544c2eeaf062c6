import { useRouter } from '@tanstack/react-router'
import { Search } from 'lucide-react'
import { type ReactNode, useEffect, useState } from 'react'

/** The row of filters above a list. */
export function FilterBar({ children }: { children: ReactNode }) {
  return (
    <search className="mb-3 flex flex-wrap items-center gap-2" aria-label="Filters">
      {children}
    </search>
  )
}

/** Narrows a list by what is typed, a moment after the last key. */
export function SearchFilter({
  value,
  onChange,
  label,
}: {
  value: string | undefined
  onChange: (value: string | undefined) => void
  label: string
}) {
  const router = useRouter()
  const [text, setText] = useState(value ?? '')
  useEffect(() => setText(value ?? ''), [value])
  useEffect(() => {
    const next = text.trim() || undefined
    if (next === value) return
    const { pathname } = router.latestLocation
    const timer = setTimeout(() => {
      // Whoever has chosen a link meanwhile must not be called back while its page is still loading.
      if (router.latestLocation.pathname === pathname) onChange(next)
    }, 200)
    return () => clearTimeout(timer)
  })
  return (
    <div className="relative min-w-40 flex-1 sm:max-w-72">
      <Search
        size={14}
        aria-hidden
        className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-ink-faint"
      />
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="control pl-8"
      />
    </div>
  )
}

/** Narrows a list to one of some values, or to none of them. */
export function SelectFilter<Value extends string>({
  value,
  onChange,
  label,
  any,
  options,
}: {
  value: Value | undefined
  onChange: (value: Value | undefined) => void
  label: string
  /** What no choice is called. */
  any: string
  options: readonly { value: Value; label: string }[]
}) {
  return (
    <select
      aria-label={label}
      className="control w-auto max-w-full"
      value={value ?? ''}
      onChange={(event) => onChange((event.target.value || undefined) as Value | undefined)}
    >
      <option value="">{any}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}
