import type { Endpoint, updateEndpoint } from '@koble/contract/webhooks'
import { createAddressList } from '@koble/core/http'
import type { z } from 'zod'
import { demandSoundScheme, rulesOf } from '../delivery-rules.ts'
import { endpointUrl } from '../endpoint-url.ts'
import type { EndpointRecord, EndpointSettingsColumns } from './store.ts'

/**
 * What was said of an endpoint, by column; what was left out stays as it is. Throws `invalid_request` for addresses and
 * schemes that cannot be.
 */
export function columnsOf(input: z.output<typeof updateEndpoint>): EndpointSettingsColumns {
  if (input.ipAllowList) createAddressList(input.ipAllowList)
  if (input.verification) demandSoundScheme(rulesOf(input.verification).signature, 'verification.signature')
  const columns = {
    name: input.name,
    events: input.events,
    enabled: input.enabled,
    verification: asJson(input.verification),
    handlers: asJson(input.handlers),
    unmatched: input.unmatched,
    ip_allow_list: input.ipAllowList,
    rate_limit: asJson(input.rateLimit),
    body_bytes_max: input.bodyBytesMax,
    retry_policy: asJson(input.retryPolicy),
    ordering: asJson(input.ordering),
  }
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined))
}

/** An endpoint as the API shows it. */
export function endpointOf(row: EndpointRecord, publicUrl: string): Endpoint {
  const ended = row.completed_24h + row.failed_24h + row.unroutable_24h
  return {
    id: row.id,
    integrationId: row.integration_id,
    connectionId: row.connection_id,
    provider: row.provider_id,
    name: row.name,
    url: endpointUrl(publicUrl, row),
    events: row.events,
    enabled: row.enabled,
    verification: row.verification,
    handlers: row.handlers,
    unmatched: row.unmatched,
    ipAllowList: row.ip_allow_list,
    rateLimit: row.rate_limit,
    bodyBytesMax: row.body_bytes_max,
    retryPolicy: row.retry_policy,
    ordering: row.ordering,
    processing: row.processing,
    createdAt: row.created_at.toISOString(),
    lastEventAt: row.last_event_at?.toISOString() ?? null,
    received24h: row.received_24h,
    completed24h: row.completed_24h,
    failed24h: row.failed_24h,
    unroutable24h: row.unroutable_24h,
    rejected24h: row.rejected_24h,
    successRate24h: ended === 0 ? null : row.completed_24h / ended,
    waiting: row.waiting,
  }
}

/** Null stays null, which is SQL's; what was left out stays out. */
function asJson<Value>(value: Value): Value extends null ? null : Value extends undefined ? undefined : string {
  return (value === undefined || value === null ? value : JSON.stringify(value)) as never
}
