import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { createKoble } from '@koble/sdk'
import { build } from 'vite'

const kobleUrl = process.env.KOBLE_URL ?? 'http://localhost:3000'
const koble = createKoble({ baseUrl: kobleUrl, apiKey: process.env.KOBLE_API_KEY })
const port = Number(process.env.PRODUCT_PORT ?? 4000)
/** Whoever is signed in to your product. */
const externalUserId = 'customer-42'

const outDir = mkdtempSync(join(tmpdir(), 'product-'))
await build({ root: import.meta.dirname, logLevel: 'warn', build: { outDir, emptyOutDir: true } })
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

// Once, by an owner: pages of this origin may call Koble with the tokens of end users.
await koble.organization.update({ allowedOrigins: [`http://localhost:${port}`] })

createServer(async (request, response) => {
  try {
    if (request.url === '/tokens') {
      const portal = await koble.portalSessions.create({ externalUserId })
      const connect = await koble.connectSessions.create({ externalUserId })
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ kobleUrl, portal: portal.token, connect: connect.token }))
      return
    }
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = pathname === '/' ? '/index.html' : pathname
    const content = readFileSync(join(outDir, file))
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream').end(content)
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
}).listen(port, '127.0.0.1', () => console.log(`Your product: http://localhost:${port}`))
