import { KobleApiError } from '@koble/sdk'
import type { ReactNode } from 'react'
import { useKobleContext } from '../koble-provider.tsx'
import { Button } from './button.tsx'

/** Something the reader should know, where it concerns them. */
export function Notice({
  tone = 'info',
  title,
  action,
  children,
}: {
  tone?: 'info' | 'good' | 'warn' | 'bad'
  title?: string
  action?: ReactNode
  children?: ReactNode
}) {
  return (
    <div className={`koble-notice koble-${tone}`} role={tone === 'bad' ? 'alert' : undefined}>
      <div className="koble-notice-text">
        {title && <p className="koble-strong">{title}</p>}
        {children && <div>{children}</div>}
      </div>
      {action}
    </div>
  )
}

/** What went wrong, in words. */
export function ErrorNotice({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const { t } = useKobleContext()
  const isUnreachable = error instanceof KobleApiError && error.code === 'network_error'
  const fields = error instanceof KobleApiError ? error.errors : []
  return (
    <Notice
      tone="bad"
      title={t('somethingWrong')}
      action={
        onRetry && (
          <Button isSmall onClick={onRetry}>
            {t('tryAgain')}
          </Button>
        )
      }
    >
      {isUnreachable ? t('unreachable') : error.message}
      {fields.length > 0 && !fields.every(({ message }) => error.message.includes(message)) && (
        <ul className="koble-plain">
          {fields.map(({ path, message }) => (
            <li key={`${path} ${message}`}>{message}</li>
          ))}
        </ul>
      )}
    </Notice>
  )
}
