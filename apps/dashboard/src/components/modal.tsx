import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'

// What draws dialogs is fetched with the first one that opens, which keeps the first load small.
const ModalView = lazy(() => import('./modal-view.tsx').then((module) => ({ default: module.ModalView })))
const ConfirmView = lazy(() => import('./modal-view.tsx').then((module) => ({ default: module.ConfirmView })))

/** What a dialog shows, and what closing it does. */
export interface ModalProps {
  open: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  wide?: boolean
  children?: ReactNode
}

/** A dialog with a title and a way out. Escape and a click beside it close it. */
export function Modal(props: ModalProps) {
  return useWanted(props.open) ? (
    <Suspense>
      <ModalView {...props} />
    </Suspense>
  ) : null
}

/** What is asked, and what follows. */
export interface ConfirmProps {
  open: boolean
  onClose: () => void
  onConfirm: () => void
  title: string
  /** What will be lost, so that one can decide. */
  children: ReactNode
  action: string
  busy?: boolean
}

/** Asks before something that cannot be undone. The way out has the focus. */
export function Confirm(props: ConfirmProps) {
  return useWanted(props.open) ? (
    <Suspense>
      <ConfirmView {...props} />
    </Suspense>
  ) : null
}

/** The row of buttons that ends a dialog or a form. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className="mt-5 flex flex-wrap justify-end gap-2">{children}</div>
}

/** Whether it was ever open; afterwards it stays, so that closing can be seen. */
function useWanted(open: boolean): boolean {
  const [wanted, setWanted] = useState(open)
  useEffect(() => {
    if (open) setWanted(true)
  }, [open])
  return wanted || open
}
