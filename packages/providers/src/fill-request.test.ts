import { describe, expect, test } from 'vitest'
import { fillRequest } from './fill-request.ts'
import type { RegistrationRequest, RegistrationValues } from './webhook-registration.ts'

const request = (more: Partial<RegistrationRequest>): RegistrationRequest => ({
  method: 'POST',
  path: '/hooks',
  ...more,
})
const bodyOf = (more: Partial<RegistrationRequest>, values: Record<string, string | string[] | undefined>) =>
  fillRequest(request(more), values).body?.toString()

describe('a path', () => {
  test('takes one segment, or several where it says so', () => {
    const path = (template: string, name: string) => fillRequest(request({ path: template }), { name }).path
    expect(path('/repos/{+name}/hooks', 'octocat/hello world')).toBe('/repos/octocat/hello%20world/hooks')
    expect(path('/repos/{name}/hooks', 'octocat/hello?x#y')).toBe('/repos/octocat%2Fhello%3Fx%23y/hooks')
  })

  test.each(['..', '.', 'octocat/..', '../admin', 'a//b', '/a'])('is not left by %s', (name) => {
    const fill = () => fillRequest(request({ path: '/repos/{+name}/hooks' }), { name })
    expect(fill).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  })

  test('names what it lacks', () => {
    expect(() => fillRequest(request({ path: '/apps/{appId}' }), {})).toThrow(/appId/)
    expect(() => fillRequest(request({ path: '/apps/{toString}' }), {})).toThrow(/toString/)
  })

  test('is followed by the query, without what has no value', () => {
    const query = { page: '{token}', limit: '100', missing: '{nothing}' }
    expect(fillRequest(request({ query }), { token: 'a&b' }).path).toBe('/hooks?page=a%26b&limit=100')
  })
})

describe('a body', () => {
  const body = { url: '{url}', events: '{events}', types: '{eventList}', more: { name: '{name}', fixed: 5, on: true } }
  const values = { url: 'https://x', events: ['a', 'b'], eventList: 'a,b' }

  test('is JSON in which a list stands as one, and what has no value is left out', () => {
    expect(JSON.parse(bodyOf({ body }, values) ?? '')).toEqual({
      url: 'https://x',
      events: ['a', 'b'],
      types: 'a,b',
      more: { fixed: 5, on: true },
    })
  })

  test('is a list where a function makes one', () => {
    const body = ({ url }: RegistrationValues) => [{ op: 'replace', path: '/url', value: String(url) }]
    const { body: filled } = fillRequest(request({ method: 'PATCH', body }), values)
    expect(JSON.parse(String(filled))).toEqual([{ op: 'replace', path: '/url', value: 'https://x' }])
  })

  test('is a form with brackets where the provider takes no JSON', () => {
    const filled = fillRequest(request({ as: 'form', body }), { ...values, name: 'æ=1' })
    expect(filled.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect([...new URLSearchParams(filled.body?.toString())]).toEqual([
      ['url', 'https://x'],
      ['events[0]', 'a'],
      ['events[1]', 'b'],
      ['types', 'a,b'],
      ['more[name]', 'æ=1'],
      ['more[fixed]', '5'],
      ['more[on]', 'true'],
    ])
  })

  test('of a function is sent as it is, with what looks like placeholders', () => {
    const made = bodyOf({ body: (_values, answers) => ({ text: `{url} ${JSON.stringify(answers)}` }) }, values)
    expect(made).toBe('{"text":"{url} []"}')
  })

  test('takes values that look like placeholders as they are', () => {
    expect(bodyOf({ body: { url: '{url}' } }, { url: '{secret}', secret: 'x' })).toBe('{"url":"{secret}"}')
  })

  test('has its length told in bytes', () => {
    expect(fillRequest(request({ body: { name: 'Ærlig' } }), {}).headers['content-length']).toBe('17')
  })
})
