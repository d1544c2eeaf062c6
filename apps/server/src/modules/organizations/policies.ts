import type { Policies, UpdatePolicies } from '@koble/contract/governance'
import { type AddressList, createAddressList } from '@koble/core/http'
import { apiError } from '../../http/problems.ts'

/** The most days that this instance keeps calls, events and activity; partitions older than that are dropped. */
export const retentionDaysMax = 30

/** An organization's policies, ready for use in every call. */
export interface OpenPolicies extends Policies {
  organizationId: string
  apiKeyCallers: AddressList
}

/** What is stored, with the defaults for what is not. */
export function toPolicies(stored: UpdatePolicies): Policies {
  return {
    integrationApproval: stored.integrationApproval ?? 'none',
    classificationRequired: stored.classificationRequired ?? false,
    apiKeyIpAllowList: stored.apiKeyIpAllowList ?? [],
    retention: { requests: null, events: null, activity: null, audit: null, ...stored.retention },
    retentionDaysMax,
  }
}

/** The policies of an organization with their lists read. */
export function openPolicies(organizationId: string, stored: UpdatePolicies): OpenPolicies {
  const policies = toPolicies(stored)
  return { ...policies, organizationId, apiKeyCallers: createAddressList(policies.apiKeyIpAllowList) }
}

/** What is stored after a change. Throws `invalid_request` when it asks for what cannot be. */
export function changedPolicies(stored: UpdatePolicies, change: UpdatePolicies): UpdatePolicies {
  for (const [kind, days] of Object.entries(change.retention ?? {})) {
    // Of the audit log there are no partitions: it is kept as long as it is wanted.
    if (kind === 'audit' || days === null || days === undefined || days <= retentionDaysMax) continue
    const message = `This instance keeps nothing longer than ${retentionDaysMax} days.`
    throw apiError('invalid_request', `policies.retention.${kind}: ${message}`, {
      errors: [{ path: `policies.retention.${kind}`, message }],
    })
  }
  if (change.apiKeyIpAllowList) createAddressList(change.apiKeyIpAllowList)
  return { ...stored, ...change, retention: { ...stored.retention, ...change.retention } }
}
