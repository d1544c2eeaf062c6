import type { Role } from '@koble/contract/organizations'
import { Ellipsis, type LucideIcon } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { useRole } from '../use-role.ts'

/**
 * A button that opens a list of actions beside it. The popup is the browser's own (the popover attribute): it lies
 * above everything, and Escape or a click elsewhere closes it. The arrow keys move between the actions.
 */
export function PopupMenu({
  label,
  trigger,
  triggerClass,
  align = 'end',
  children,
}: {
  /** The name of a trigger without words. */
  label?: string
  trigger: ReactNode
  triggerClass: string
  align?: 'start' | 'end'
  children: ReactNode
}) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const popup = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)

  useEffect(() => {
    if (!open) return
    place(button.current, popup.current, align)
    actionsOf(popup.current)[0]?.focus()
    const close = () => popup.current?.hidePopover()
    window.addEventListener('resize', close)
    window.addEventListener('scroll', close, { capture: true, passive: true })
    return () => {
      window.removeEventListener('resize', close)
      window.removeEventListener('scroll', close, { capture: true })
    }
  }, [open, align])

  return (
    <>
      <button
        ref={button}
        type="button"
        popoverTarget={id}
        aria-label={label}
        aria-expanded={open}
        data-open={open || undefined}
        className={triggerClass}
      >
        {trigger}
      </button>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only hears what its buttons do */}
      <div
        ref={popup}
        id={id}
        popover="auto"
        onToggle={(event) => setOpen(event.newState === 'open')}
        onKeyDown={moveBetweenActions}
        onClick={(event) => {
          if (event.target instanceof Element && event.target.closest('button:not([aria-disabled])')) {
            popup.current?.hidePopover()
          }
        }}
        className="fixed inset-auto m-0 min-w-44 rounded-lg border border-line-strong bg-surface p-1 text-ink shadow-popup"
      >
        {open && children}
      </div>
    </>
  )
}

/** One action of a menu; what the role may not do is shown with the reason. */
export function MenuAction({
  icon: Icon,
  onSelect,
  danger,
  needs,
  disabled,
  children,
}: {
  icon?: LucideIcon
  onSelect: () => void
  danger?: boolean
  needs?: Role
  disabled?: boolean
  children: ReactNode
}) {
  const refusal = useRole().refusal(needs)
  const inactive = disabled || refusal !== null
  return (
    <button
      type="button"
      aria-disabled={inactive || undefined}
      onClick={inactive ? undefined : onSelect}
      className={`flex min-h-8 w-full items-center gap-2 rounded-md px-2 py-1 text-left hover:bg-hover focus-visible:bg-hover focus-visible:outline-none aria-disabled:cursor-not-allowed aria-disabled:opacity-60 pointer-coarse:min-h-10 ${danger ? 'text-bad' : ''}`}
    >
      {Icon && <Icon size={15} aria-hidden className={`shrink-0 ${danger ? '' : 'text-ink-faint'}`} />}
      <span className="min-w-0">
        {children}
        {refusal && <span className="block text-xs text-ink-soft">{refusal}</span>}
      </span>
    </button>
  )
}

/** What one can do with a row, behind three dots. */
export function RowMenu({ label, children }: { label: string; children: ReactNode }) {
  return (
    <PopupMenu
      label={label}
      trigger={<Ellipsis size={16} aria-hidden />}
      triggerClass="inline-flex size-7 items-center justify-center rounded-md text-ink-faint hover:bg-hover hover:text-ink data-open:bg-hover pointer-coarse:size-9"
    >
      {children}
    </PopupMenu>
  )
}

function actionsOf(popup: HTMLElement | null): HTMLElement[] {
  return [...(popup?.querySelectorAll<HTMLElement>('button') ?? [])]
}

function moveBetweenActions(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  event.preventDefault()
  const actions = actionsOf(event.currentTarget)
  const at = actions.indexOf(document.activeElement as HTMLElement)
  actions[(at + step + actions.length) % actions.length]?.focus()
}

/** Below the button, or above where there is no room; never beyond the window. */
function place(button: HTMLElement | null, popup: HTMLElement | null, align: 'start' | 'end'): void {
  if (!button || !popup) return
  const anchor = button.getBoundingClientRect()
  const { width, height } = popup.getBoundingClientRect()
  const left = align === 'start' ? anchor.left : anchor.right - width
  const fitsBelow = anchor.bottom + 4 + height <= window.innerHeight - 8
  popup.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`
  popup.style.top = `${Math.max(8, fitsBelow ? anchor.bottom + 4 : anchor.top - 4 - height)}px`
}
