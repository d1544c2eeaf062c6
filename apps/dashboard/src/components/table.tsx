import type { KeyboardEvent, ReactNode } from 'react'

/** The links that lead from the rows of a table, for moving between them by the arrow keys. */
function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const links = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row-link]')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  if (at === -1) return
  event.preventDefault()
  links[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus()
}

/**
 * A table whose rows one walks through with the arrow keys. Columns: a heading, what to show in its place, and whether
 * narrow screens drop it.
 */
export function Table({
  label,
  columns,
  children,
}: {
  label: string
  columns: readonly { heading: string; content?: ReactNode; hidden?: 'sm' | 'md' | 'lg'; quiet?: boolean }[]
  children: ReactNode
}) {
  return (
    <div className="relative overflow-x-auto">
      <table aria-label={label} className="w-full border-collapse text-left" onKeyDown={moveBetweenRows}>
        <thead>
          <tr className="border-b border-line text-xs text-ink-faint">
            {columns.map(({ heading, content, hidden, quiet }) => (
              <th
                key={heading}
                scope="col"
                className={`px-3 py-2 font-medium first:pl-4 last:pr-4 sm:px-4 whitespace-nowrap ${visibility(hidden)}`}
              >
                {quiet ? <span className="sr-only">{heading}</span> : (content ?? heading)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">{children}</tbody>
      </table>
    </div>
  )
}

/** A row. A link inside with `rowLink` makes the whole of it lead there. */
export function Row({ children }: { children: ReactNode }) {
  return <tr className="relative transition-colors duration-75 hover:bg-hover/60">{children}</tr>
}

/** A cell; `hidden` drops it below that width, as its column does; `above` lifts its buttons over the row's link. */
export function Cell({
  hidden,
  above,
  className,
  children,
}: {
  hidden?: 'sm' | 'md' | 'lg'
  above?: boolean
  className?: string
  children: ReactNode
}) {
  return (
    <td className={`px-3 py-2.5 align-middle first:pl-4 last:pr-4 sm:px-4 ${visibility(hidden)} ${className ?? ''}`}>
      {above ? <div className="relative z-1">{children}</div> : children}
    </td>
  )
}

/** Spread on the link that stands for its whole row. */
export const rowLink = {
  'data-row-link': true,
  className:
    'font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:rounded-md focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent',
} as const

function visibility(hidden: 'sm' | 'md' | 'lg' | undefined): string {
  if (hidden === 'sm') return 'hidden sm:table-cell'
  if (hidden === 'md') return 'hidden md:table-cell'
  return hidden === 'lg' ? 'hidden lg:table-cell' : ''
}
