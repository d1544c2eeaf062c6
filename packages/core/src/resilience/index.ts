export { type Backoff, fullJitterMs, parseRetryAfterMs } from './backoff.ts'
export { type RetryOptions, retryPresets, withRetry } from './with-retry.ts'
