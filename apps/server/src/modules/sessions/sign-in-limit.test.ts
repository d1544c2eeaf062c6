import type { Problem } from '@koble/contract/errors'
import { expect, test } from 'vitest'
import { signUpOwner } from '../../testing/people.ts'
import { startTestKoble } from '../../testing/test-koble.ts'

// In a file of its own: the count is kept per process, and would get in the way of other tests.
test('after ten sign-ins in a minute an address must wait, even with the right password, and is told how long', async () => {
  const koble = await startTestKoble({ jobs: false })
  try {
    const { email, password } = await signUpOwner(koble)
    const signIn = (attempt: string) =>
      koble.request<Problem>('POST', '/api/session', { key: null, body: { email, password: attempt } })
    const statuses: number[] = []
    for (let attempt = 0; attempt < 12; attempt += 1) statuses.push((await signIn('wrong wrong')).status)
    expect(statuses.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 401))
    expect(statuses.slice(-2)).toEqual([429, 429])
    const limited = await signIn(password)
    expect(limited).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
  } finally {
    await koble.stop()
  }
})
