import { Dialog } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { Sidebar } from './sidebar.tsx'

/** The navigation on narrow screens. */
export function Drawer({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => next || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-backdrop transition-opacity duration-200 data-ending-style:opacity-0 data-starting-style:opacity-0" />
        <Dialog.Popup className="fixed inset-y-0 left-0 z-40 w-72 max-w-[85vw] border-r border-line bg-surface shadow-popup outline-none transition-transform duration-200 data-ending-style:-translate-x-full data-starting-style:-translate-x-full">
          <Dialog.Title className="sr-only">Navigation</Dialog.Title>
          <Dialog.Close
            aria-label="Close the navigation"
            className="absolute top-2.5 right-2 z-1 rounded-md p-2 text-ink-faint hover:bg-hover hover:text-ink"
          >
            <X size={16} aria-hidden />
          </Dialog.Close>
          <Sidebar />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
