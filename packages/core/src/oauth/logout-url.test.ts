import { describe, expect, it } from 'vitest'
import { createLogoutUrl } from './index.ts'

describe('a logout at the provider', () => {
  const settings = { endSessionUrl: 'https://provider.example/logout?tenant=1', clientId: 'client' }
  const parametersOf = (url: string) => Object.fromEntries(new URL(url).searchParams)

  it('names the session, the way back and a state of its own', () => {
    const options = { idToken: 'the.id.token', postLogoutRedirectUri: 'https://koble.example/bye', uiLocales: 'nb' }
    const { url, state } = createLogoutUrl(settings, options)
    expect(parametersOf(url)).toEqual({
      tenant: '1',
      client_id: 'client',
      id_token_hint: 'the.id.token',
      post_logout_redirect_uri: 'https://koble.example/bye',
      state,
      ui_locales: 'nb',
    })
    expect(state).toMatch(/^[\w-]{43}$/)
    expect(createLogoutUrl(settings, options).state).not.toBe(state)
  })

  it('has no state when nobody comes back', () => {
    const { url, state } = createLogoutUrl(settings)
    expect([parametersOf(url), state]).toEqual([{ tenant: '1', client_id: 'client' }, null])
  })

  it('is refused where the provider has none', () => {
    expect(() => createLogoutUrl({ clientId: 'client' })).toThrowError(
      expect.objectContaining({ code: 'invalid_request' }),
    )
  })
})
