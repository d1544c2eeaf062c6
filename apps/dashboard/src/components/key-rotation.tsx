import type { KeyStatus } from '@koble/contract/keys'
import { count } from '../wording.ts'
import { StatusBadge } from './badge.tsx'
import { Card, Fact, Facts } from './card.tsx'
import { Notice } from './notice.tsx'
import { RelativeTime } from './relative-time.tsx'

/** How far the newest rotation of an organization's keys is, or how it went; null is that there was none. */
export function KeyRotation({ rotation }: { rotation: KeyStatus['rotation'] }) {
  if (!rotation) {
    return (
      <Card title="Last rotation">
        <p className="text-ink-soft">
          The keys were never replaced. Rotate them when somebody leaves who could read them, or once a year.
        </p>
      </Card>
    )
  }
  const { status, toVersion, total, moved, unreadable, errorCode, startedAt, finishedAt } = rotation
  const running = status === 'running'
  return (
    <Card title={running ? 'Rotation under way' : 'Last rotation'} actions={<StatusBadge status={status} />}>
      <div className="space-y-4">
        <div role="status">
          <p className="mb-1 flex justify-between gap-3">
            <span className="font-medium">
              {toVersion === null ? 'Wrapping the data keys anew' : `To version ${toVersion}`}
            </span>
            {toVersion !== null && (
              <span className="text-ink-soft tabular-nums">
                {`${moved.toLocaleString('en')} of ${Math.max(total, moved).toLocaleString('en')}`}
              </span>
            )}
          </p>
          <progress
            className="h-1.5 w-full accent-accent"
            aria-label="Rotation of the keys"
            max={running ? Math.max(total, moved, 1) : 1}
            value={running ? moved : 1}
          />
        </div>
        <Facts>
          <Fact name="Begun">
            <RelativeTime at={startedAt} />
          </Fact>
          <Fact name="Finished">
            <RelativeTime at={finishedAt} none="Not yet" />
          </Fact>
        </Facts>
        {running && errorCode && (
          <Notice tone="warn" title="It was interrupted, and is tried again">
            <code className="font-mono text-xs">{errorCode}</code>
          </Notice>
        )}
        {unreadable > 0 && (
          <Notice tone="bad" title={`${count(unreadable, 'value')} cannot be read`}>
            They were left as they are; the log of the server names them by table and row.
          </Notice>
        )}
      </div>
    </Card>
  )
}
