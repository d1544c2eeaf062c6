import { type ReactNode, useId, useLayoutEffect, useRef } from 'react'
import { useKobleContext } from '../koble-provider.tsx'

/** A dialog over the page while it is rendered. The browser keeps the focus inside and gives it back afterwards. */
export function Modal({
  title,
  onClose,
  isWide,
  children,
}: {
  title: string
  onClose: () => void
  isWide?: boolean
  children: ReactNode
}) {
  const { t } = useKobleContext()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)

  useLayoutEffect(() => {
    const element = dialog.current
    if (!element) return
    element.showModal()
    const first = element.querySelector<HTMLElement>('.koble-dialog-body :is(input, select, textarea, button)')
    first?.focus()
    return () => element.close()
  }, [])

  return (
    <dialog
      ref={dialog}
      className={`koble-dialog ${isWide ? 'koble-dialog-wide' : ''}`}
      aria-labelledby={id}
      onCancel={(event) => {
        // Whether it closes is for who renders it to say.
        event.preventDefault()
        onClose()
      }}
    >
      <header className="koble-dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" className="koble-icon-button" aria-label={t('close')} onClick={onClose}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="m4 4 8 8m0-8-8 8" />
          </svg>
        </button>
      </header>
      <div className="koble-dialog-body">{children}</div>
    </dialog>
  )
}
