import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestKoble, type TestKoble } from '../testing/test-koble.ts'

let koble: TestKoble
beforeAll(async () => {
  koble = await startTestKoble({ jobs: false })
})
afterAll(() => koble.stop())

const get = (path: string) => fetch(koble.url + path)

test('the page, the code it names and the document are there, without a key', async () => {
  const page = await get('/docs')
  expect(page.url).toBe(`${koble.url}/docs/`)
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  const html = await page.text()
  const [, script = ''] = /<script[^>]+src="([^"]+)"/.exec(html) ?? []
  const code = await fetch(new URL(script, page.url))
  expect(code.status).toBe(200)
  expect(code.headers.get('content-type')).toMatch(/javascript/)
  expect((await code.text()).length).toBeGreaterThan(1_000_000)
  const document = await get('/docs/openapi.json')
  expect(await document.json()).toEqual(await (await get('/api/openapi.json')).json())
  expect(await (await get('/docs/openapi.yaml')).text()).toMatch(/^openapi: 3\.1\.0$/m)
})

test('anything else below is not found, in the words of all of the API', async () => {
  const answer = await get('/docs/nothing')
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ code: 'not_found', detail: 'There is no GET /docs/nothing.' })
})
