import { AlertDialog } from '@base-ui/react/alert-dialog'
import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { Button } from './button.tsx'
import { Actions, type ConfirmProps, type ModalProps } from './modal.tsx'

const backdropClass =
  'fixed inset-0 z-40 bg-backdrop transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0'
const popupClass =
  'relative max-h-full w-full overflow-y-auto rounded-xl border border-line bg-surface shadow-popup outline-none transition-[opacity,scale] duration-150 data-ending-style:scale-[0.98] data-ending-style:opacity-0 data-starting-style:scale-[0.98] data-starting-style:opacity-0'

/** Draws `Modal`. */
export function ModalView({ open, onClose, title, description, wide, children }: ModalProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdropClass} />
        <Dialog.Viewport className="fixed inset-0 z-40 flex items-center justify-center p-3">
          <Dialog.Popup className={`${popupClass} ${wide ? 'max-w-2xl' : 'max-w-md'}`}>
            <header className="flex items-start gap-3 px-5 pt-4">
              <div className="min-w-0 flex-1">
                <Dialog.Title className="text-lg font-semibold">{title}</Dialog.Title>
                {description && <Dialog.Description className="mt-1 text-ink-soft">{description}</Dialog.Description>}
              </div>
              <Dialog.Close
                aria-label="Close"
                className="-mr-2 rounded-md p-1.5 text-ink-faint hover:bg-hover hover:text-ink"
              >
                <X size={16} aria-hidden />
              </Dialog.Close>
            </header>
            <div className="px-5 pt-4 pb-5">{children}</div>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

/** Draws `Confirm`. */
export function ConfirmView({ open, onClose, onConfirm, title, children, action, busy }: ConfirmProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={backdropClass} />
        <AlertDialog.Viewport className="fixed inset-0 z-40 flex items-center justify-center p-3">
          <AlertDialog.Popup className={`${popupClass} max-w-md p-5`}>
            <AlertDialog.Title className="text-lg font-semibold">{title}</AlertDialog.Title>
            <AlertDialog.Description className="mt-2 text-ink-soft" render={<div />}>
              {children}
            </AlertDialog.Description>
            <Actions>
              <AlertDialog.Close render={<Button>Cancel</Button>} />
              <Button variant="danger" busy={busy} onClick={onConfirm}>
                {action}
              </Button>
            </Actions>
          </AlertDialog.Popup>
        </AlertDialog.Viewport>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
