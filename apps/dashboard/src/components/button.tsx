import type { Role } from '@koble/contract/organizations'
import { createLink } from '@tanstack/react-router'
import { LoaderCircle, type LucideIcon } from 'lucide-react'
import type { ComponentProps } from 'react'
import { notify } from '../notify.ts'
import { useRole } from '../use-role.ts'

type Variant = 'primary' | 'secondary' | 'ghost' | 'danger'
type Size = 'sm' | 'md'

const variants: Record<Variant, string> = {
  primary: 'bg-accent text-on-accent border-transparent hover:bg-accent-hover',
  secondary: 'bg-surface text-ink border-line-strong hover:bg-hover',
  ghost: 'bg-transparent text-ink-soft border-transparent hover:bg-hover hover:text-ink',
  danger: 'bg-surface text-bad border-line-strong hover:bg-bad-soft hover:border-bad',
}
const sizes: Record<Size, string> = {
  sm: 'min-h-7 px-2 gap-1.5 pointer-coarse:min-h-9',
  md: 'min-h-8 px-3 gap-2 pointer-coarse:min-h-10',
}

function buttonClass(variant: Variant, size: Size, extra = ''): string {
  return `inline-flex shrink-0 items-center justify-center rounded-md border text-sm font-medium whitespace-nowrap transition-colors duration-100 select-none aria-disabled:cursor-not-allowed aria-disabled:opacity-55 ${sizes[size]} ${variants[variant]} ${extra}`
}

interface ButtonProps extends ComponentProps<'button'> {
  variant?: Variant
  size?: Size
  icon?: LucideIcon
  /** Shows that the action is under way, and takes no second click. */
  busy?: boolean
  /** The least role that may do this. Others see the button, and why it does nothing. */
  needs?: Role
}

/** A button. Without text, `aria-label` names it. */
export function Button({
  variant = 'secondary',
  size = 'md',
  icon,
  busy,
  needs,
  className,
  children,
  ...rest
}: ButtonProps) {
  const refusal = useRole().refusal(needs)
  const inactive = busy || refusal !== null || rest.disabled
  const Icon = busy ? LoaderCircle : icon
  const press: typeof rest.onClick = (event) => {
    if (!inactive) return rest.onClick?.(event)
    event.preventDefault()
    if (refusal) notify.refusal(refusal)
  }
  return (
    <button
      type="button"
      {...rest}
      // Not `disabled`: the button would lose the focus, and could not say why.
      disabled={undefined}
      aria-disabled={inactive || undefined}
      aria-busy={busy || undefined}
      onClick={press}
      title={refusal ?? rest.title}
      className={buttonClass(
        variant,
        size,
        `${children ? '' : 'px-1.5 min-w-7 pointer-coarse:min-w-9'} ${className ?? ''}`,
      )}
    >
      {Icon && <Icon size={15} aria-hidden className={busy ? 'animate-spin' : undefined} />}
      {children}
    </button>
  )
}

interface AnchorProps extends ComponentProps<'a'> {
  variant?: Variant
  size?: Size
  icon?: LucideIcon
}

/** A link to another address that looks like a button. */
export function ButtonAnchor({
  variant = 'secondary',
  size = 'md',
  icon: Icon,
  className,
  children,
  ...rest
}: AnchorProps) {
  return (
    <a {...rest} className={buttonClass(variant, size, className)}>
      {Icon && <Icon size={15} aria-hidden />}
      {children}
    </a>
  )
}

/** A link to another page of the dashboard that looks like a button. */
export const ButtonLink = createLink(ButtonAnchor)
