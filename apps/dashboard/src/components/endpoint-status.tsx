import type { Endpoint } from '@koble/contract/webhooks'
import { StatusBadge } from './badge.tsx'

/** Whether an endpoint takes deliveries, and whether it works on them. */
export function EndpointStatus({ endpoint }: { endpoint: Endpoint }) {
  return (
    <span className="inline-flex flex-wrap gap-1.5">
      <StatusBadge status={endpoint.enabled ? 'enabled' : 'disabled'} />
      {endpoint.processing !== 'running' && <StatusBadge status={endpoint.processing} />}
    </span>
  )
}

/** A share as people say it: "99.5 %". */
export function formatShare(share: number | null): string {
  return share === null ? 'None ended' : `${(Math.floor(share * 1000) / 10).toLocaleString('en')} %`
}
