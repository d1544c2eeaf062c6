/** The floor of the gateway: `@fastify/http-proxy` as it comes, to the same upstream. */
import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'
import { serve } from '../measure/serve.ts'

const [upstream = ''] = process.argv.slice(2)
const app = Fastify({ forceCloseConnections: true })
await app.register(httpProxy, { upstream, prefix: '/api/proxy' })
const address = await app.listen({ host: '127.0.0.1', port: 0 })

serve(address, () => app.close())
