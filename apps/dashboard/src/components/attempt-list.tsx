import type { Attempt } from '@koble/contract/messages'
import { Link } from '@tanstack/react-router'
import { formatAbsoluteTime, formatDuration } from '../format-time.ts'
import { Badge } from './badge.tsx'
import { CodeBlock } from './code-block.tsx'
import { LogLine } from './log-line.tsx'
import { Notice } from './notice.tsx'

/** Tries, a line each that opens to what was answered. */
export function AttemptList({
  attempts,
  label = 'Attempts',
  linkMessages,
}: {
  attempts: readonly Attempt[]
  label?: string
  /** Leads from each to its message. */
  linkMessages?: boolean
}) {
  return (
    <ol className="divide-y divide-line" aria-label={label}>
      {attempts.map((attempt) => (
        <li key={attempt.id}>
          <LogLine
            at={attempt.at}
            summary={
              <>
                <span className="shrink-0 text-ink-soft">{`Try ${attempt.number}`}</span>
                <span className="min-w-0 flex-1 truncate font-mono text-xs text-ink-faint max-sm:invisible">
                  {attempt.target}
                </span>
                <span className="hidden shrink-0 text-xs text-ink-faint sm:inline">
                  {formatDuration(attempt.durationMs)}
                </span>
                <AttemptOutcome attempt={attempt} />
              </>
            }
          >
            <AttemptDetails attempt={attempt} linkMessage={linkMessages} />
          </LogLine>
        </li>
      ))}
    </ol>
  )
}

/** The status that was answered, or why there was none. */
export function AttemptOutcome({ attempt }: { attempt: Attempt }) {
  const words = attempt.succeeded ? 'taken' : (attempt.errorCode?.replaceAll('_', ' ') ?? 'failed')
  return (
    <Badge tone={attempt.succeeded ? 'ok' : 'bad'} dot>
      {attempt.responseStatus ?? words}
    </Badge>
  )
}

function AttemptDetails({ attempt, linkMessage }: { attempt: Attempt; linkMessage?: boolean }) {
  const { errorCode, errorMessage, firstByteMs, durationMs, responseHeaders, responseBody } = attempt
  const headers = Object.entries(responseHeaders)
  return (
    <div className="space-y-3 border-t border-line bg-canvas px-4 py-3">
      <p className="flex flex-wrap gap-x-4 gap-y-1 text-ink-soft">
        <span>{formatAbsoluteTime(attempt.at)}</span>
        <span>{`${firstByteMs === null ? '' : `First byte after ${formatDuration(firstByteMs)}, `}${formatDuration(durationMs)} in all`}</span>
        {linkMessage && (
          <Link
            to="/messages/$id"
            params={{ id: attempt.messageId }}
            className="text-accent-ink underline underline-offset-2"
          >
            Message
          </Link>
        )}
      </p>
      <p className="font-mono text-xs break-all text-ink-soft sm:hidden">{attempt.target}</p>
      {errorCode !== null && (
        <Notice tone="warn" title={errorMessage ?? errorCode}>
          {errorMessage && <code className="font-mono text-xs">{errorCode}</code>}
        </Notice>
      )}
      {responseBody === '' ? (
        <p className="text-ink-faint">There was no body in the answer.</p>
      ) : (
        <CodeBlock
          text={responseBody}
          label={
            attempt.responseBodyEncoding === 'base64' ? 'Beginning of the body, as base64' : 'Beginning of the body'
          }
        />
      )}
      {headers.length > 0 && (
        <CodeBlock
          text={headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
          label="Headers of the answer"
        />
      )}
    </div>
  )
}
