import type { ReactNode } from 'react'
import { useAction } from '../hooks/use-action.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { Button } from './button.tsx'
import { Modal } from './modal.tsx'
import { ErrorNotice } from './notice.tsx'

/** Asks before something is done, and stays open when it fails. */
export function ConfirmDialog({
  title,
  confirm,
  isDangerous,
  work,
  done,
  onClose,
  children,
}: {
  title: string
  confirm: string
  isDangerous?: boolean
  work: () => Promise<unknown>
  /** What to tell afterwards. */
  done: string
  onClose: (isDone: boolean) => void
  children: ReactNode
}) {
  const { t, announce } = useKobleContext()
  const action = useAction(work)
  return (
    <Modal title={title} onClose={() => onClose(false)}>
      {action.error && <ErrorNotice error={action.error} />}
      {children}
      <div className="koble-actions">
        <Button onClick={() => onClose(false)}>{t('cancel')}</Button>
        <Button
          variant={isDangerous ? 'danger' : 'primary'}
          isBusy={action.isBusy}
          onClick={async () => {
            if (!(await action.run())) return
            announce(done)
            onClose(true)
          }}
        >
          {confirm}
        </Button>
      </div>
    </Modal>
  )
}
