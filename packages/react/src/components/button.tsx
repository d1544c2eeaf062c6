import type { ButtonHTMLAttributes } from 'react'

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: 'primary' | 'secondary' | 'quiet' | 'danger'
  /** Something is under way: shown, and a second press does nothing. */
  isBusy?: boolean
  isSmall?: boolean
}

/** A button that says what it is for. */
export function Button({ variant = 'secondary', isBusy, isSmall, className = '', onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={`koble-button koble-button-${variant} ${isSmall ? 'koble-small' : ''} ${className}`}
      // Not disabled, which would take the focus away from who has just pressed it.
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
      onClick={(event) => {
        if (isBusy) event.preventDefault()
        else onClick?.(event)
      }}
    />
  )
}
