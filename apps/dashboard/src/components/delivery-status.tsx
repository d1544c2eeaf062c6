import type { Delivery } from '@koble/contract/messages'
import { deliveryMeanings } from '../outbound-wording.ts'
import { Badge, StatusBadge } from './badge.tsx'
import { RelativeTime } from './relative-time.tsx'

/** How a delivery stands, with what was answered last, and when it is tried again. */
export function DeliveryStatus({ delivery }: { delivery: Delivery }) {
  const { status, responseStatus, errorCode, errorMessage, nextAttemptAt } = delivery
  const reason = status === 'delivered' || status === 'filtered' ? null : (errorMessage ?? errorCode)
  return (
    <span title={deliveryMeanings[status]} className="block">
      <span className="flex flex-wrap items-center gap-1">
        <StatusBadge status={status} />
        {responseStatus !== null && <Badge tone={status === 'delivered' ? 'neutral' : 'bad'}>{responseStatus}</Badge>}
      </span>
      {nextAttemptAt !== null && status === 'retrying' && (
        <span className="mt-1 block text-xs text-ink-soft">
          Next try <RelativeTime at={nextAttemptAt} />
        </span>
      )}
      {reason && (
        <span className="mt-1 hidden max-w-72 truncate text-xs text-ink-faint sm:block" title={reason}>
          {reason}
        </span>
      )}
    </span>
  )
}
