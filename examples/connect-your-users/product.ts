import { createServer } from 'node:http'
import { createKoble } from '@koble/sdk'
import { Octokit } from 'octokit'

const kobleUrl = process.env.KOBLE_URL ?? 'http://localhost:3000'
const koble = createKoble({ baseUrl: kobleUrl, apiKey: process.env.KOBLE_API_KEY })
const port = Number(process.env.PRODUCT_PORT ?? 4000)
/** Whoever is signed in to your product. */
const customer = 'customer-42'

const page = (body: string) => `<!doctype html><meta charset="utf-8"><title>Your product</title>${body}`
const inHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

createServer(async (request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8')
  try {
    if (request.method === 'POST' && request.url === '/connect') {
      // The customer consents at GitHub, and comes back here.
      const returnTo = `http://localhost:${port}/`
      const { token } = await koble.connectSessions.create({ externalUserId: customer, returnTo })
      response.writeHead(303, { location: `${kobleUrl}/api/connect/github?mode=redirect&token=${token}` }).end()
      return
    }
    const { data: connections } = await koble.connections.list({ externalUserId: customer, provider: 'github' })
    const [connection] = connections
    if (!connection) {
      response.end(page('<form method="post" action="/connect"><button>Connect GitHub</button></form>'))
      return
    }
    // GitHub's own package, which never sees a token: Koble adds it, and refreshes it first when it must.
    const octokit = new Octokit({ request: { fetch: koble.fetch(connection.id) } })
    const { data: repositories } = await octokit.rest.repos.listForAuthenticatedUser()
    const items = repositories.map((repository) => `<li>${inHtml(repository.full_name)}`).join('')
    response.end(page(`<h1>Repositories of ${inHtml(connection.accountLabel ?? '')}</h1><ul>${items}</ul>`))
  } catch (error) {
    response.writeHead(502).end(page(`<p>${inHtml(String(error))}</p>`))
  }
}).listen(port, '127.0.0.1', () => console.log(`Your product: http://localhost:${port}`))
