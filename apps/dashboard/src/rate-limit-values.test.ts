import { rateLimits } from '@koble/contract/integrations'
import { expect, test } from 'vitest'
import { emptyEndpoint, rateLimitText, readRateLimits } from './rate-limit-values.ts'

const full = {
  integration: [{ requests: 1000, perSeconds: 3600 }],
  connection: [
    { requests: 10, perSeconds: 0.5 },
    { requests: 100, perSeconds: 60 },
  ],
  endpoints: [
    {
      method: 'POST' as const,
      path: '/orders/*',
      per: 'integration' as const,
      limits: [{ requests: 1, perSeconds: 1 }],
    },
    { path: '/search', per: 'connection' as const, limits: [{ requests: 30, perSeconds: 60 }] },
  ],
  maxConcurrent: 4,
  maxWaitSeconds: 0,
}

test('what the API gives comes back as it was, and the API takes it', () => {
  for (const limits of [full, {}]) {
    expect(readRateLimits(rateLimitText(limits))).toEqual({ limits, error: null })
    expect(rateLimits.parse(limits)).toEqual(limits)
  }
})

test('what is no limit is told before it is sent', () => {
  const text = rateLimitText(full)
  const refused = [
    { ...text, connection: [{ requests: '', perSeconds: '60' }] },
    { ...text, integration: [{ requests: '1.5', perSeconds: '60' }] },
    { ...text, integration: [{ requests: '1', perSeconds: '0' }] },
    { ...text, endpoints: [{ ...emptyEndpoint, path: 'orders', limits: [{ requests: '1', perSeconds: '1' }] }] },
    { ...text, endpoints: [{ ...emptyEndpoint, path: '/orders', limits: [] }] },
  ]
  for (const entered of refused) expect(readRateLimits(entered).error).toEqual(expect.any(String))
})
