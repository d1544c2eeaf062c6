import { Toast } from '@base-ui/react/toast'
import { CircleAlert, CircleCheck, X } from 'lucide-react'
import { useEffect } from 'react'
import { takeMessages, useMessages } from '../notify.ts'

/** Where the messages of `notify` appear. */
export function Toasts() {
  return (
    <Toast.Provider limit={4}>
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-4 z-50 flex w-[calc(100vw-2rem)] flex-col gap-2 sm:w-88">
          <Messages />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function Messages() {
  const { toasts, add } = Toast.useToastManager()
  const messages = useMessages()
  useEffect(() => {
    if (messages.length === 0) return
    for (const { title, description, tone } of takeMessages()) {
      const isGood = tone === 'success'
      add({ title, description, type: tone, timeout: isGood ? 5000 : 12_000 })
    }
  }, [messages, add])
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      toast={toast}
      swipeDirection={['right', 'down']}
      className="rounded-lg border border-line-strong bg-surface shadow-popup transition-[opacity,translate] duration-150 data-ending-style:translate-y-2 data-ending-style:opacity-0 data-limited:hidden data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-start gap-2.5 p-3">
        {toast.type === 'success' ? (
          <CircleCheck size={16} aria-hidden className="mt-px shrink-0 text-ok" />
        ) : (
          <CircleAlert size={16} aria-hidden className="mt-px shrink-0 text-bad" />
        )}
        <div className="min-w-0 flex-1">
          <Toast.Title className="text-sm font-medium" />
          <Toast.Description className="mt-0.5 text-sm break-words text-ink-soft" />
        </div>
        <Toast.Close aria-label="Dismiss" className="-m-1 rounded p-1 text-ink-faint hover:bg-hover hover:text-ink">
          <X size={14} aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ))
}
