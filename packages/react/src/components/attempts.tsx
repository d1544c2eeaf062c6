import { type Attempt, useAttempts } from '../hooks/use-deliveries.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { MoreButton } from './more-button.tsx'
import { ErrorNotice } from './notice.tsx'
import { Pill } from './pill.tsx'
import { Empty, Skeleton } from './placeholders.tsx'
import { TimeAgo } from './time-ago.tsx'

/** Every try to deliver to a destination, or those for one message, with what was answered. */
export function Attempts({ destinationId, messageId }: { destinationId: string; messageId?: string }) {
  const { t } = useKobleContext()
  const { attempts, isLoading, error, reload, ...list } = useAttempts(destinationId, messageId)
  return (
    <section className="koble-section" aria-label={t('tabAttempts')}>
      {error && <ErrorNotice error={error} onRetry={reload} />}
      {isLoading && <Skeleton rows={2} />}
      {!isLoading && !error && attempts.length === 0 && <Empty title={t('noAttempts')} />}
      {attempts.length > 0 && (
        <ol className={`koble-attempts ${messageId === undefined ? 'koble-card' : ''}`}>
          {attempts.map((attempt) => (
            <AttemptRow key={attempt.id} attempt={attempt} isNamed={messageId === undefined} />
          ))}
        </ol>
      )}
      <MoreButton list={list} />
    </section>
  )
}

function AttemptRow({ attempt, isNamed }: { attempt: Attempt; isNamed: boolean }) {
  const { t } = useKobleContext()
  const { number, succeeded, responseStatus, responseBody, responseHeaders, errorMessage } = attempt
  const headers = Object.entries(responseHeaders)
  return (
    <li className="koble-attempt" data-succeeded={succeeded}>
      <div className="koble-attempt-head">
        <span className="koble-strong">{t('attempt', { number })}</span>
        <Pill tone={succeeded ? 'good' : 'bad'}>
          {responseStatus === null ? t(succeeded ? 'succeeded' : 'unanswered') : `HTTP ${responseStatus}`}
        </Pill>
        <span className="koble-row-facts">
          <span>{t('duration', { ms: Math.round(attempt.durationMs) })}</span>
          <TimeAgo time={attempt.at} />
        </span>
      </div>
      {isNamed && (
        <p className="koble-soft">
          {t('messageId')} <code>{attempt.messageId}</code>
        </p>
      )}
      {errorMessage && <p className="koble-bad-text">{errorMessage}</p>}
      <details className="koble-details">
        <summary>{t('answerBody')}</summary>
        <p className="koble-soft">
          {t('sentTo')} <code>{attempt.target}</code>
        </p>
        {responseBody === '' ? (
          <p className="koble-soft">{t('emptyAnswer')}</p>
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard
          <pre tabIndex={0} role="group" aria-label={t('answerBody')}>
            {responseBody}
          </pre>
        )}
        {headers.length > 0 && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be within reach of the keyboard
          <pre tabIndex={0} role="group" aria-label={t('answerHeaders')}>
            {headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
          </pre>
        )}
      </details>
    </li>
  )
}
