import { createHash } from 'node:crypto'
import type { Agent } from 'undici'
import { type AgentOptions, type ClientCertificate, createAgent } from './agent.ts'

/** The connections of all calls out, kept apart by the certificate with which they are made. */
export interface AgentPool {
  /** The agent that presents this certificate, or the common one. Throws `KobleError('client_certificate_invalid')`. */
  agentFor(certificate?: ClientCertificate): Agent
  close(): Promise<void>
}

/** Beyond this, the agent unused for longest is closed; the calls it still serves end in peace. */
const certificatesMax = 500

/** Makes the agents as they are needed, all under the same options. */
export function createAgentPool(options: Omit<AgentOptions, 'clientCertificate'>): AgentPool {
  const common = createAgent(options)
  const byCertificate = new Map<string, Agent>()
  return {
    agentFor(certificate) {
      if (certificate === undefined) return common
      const key = digest(certificate)
      const agent = byCertificate.get(key) ?? createAgent({ ...options, clientCertificate: certificate })
      byCertificate.delete(key)
      byCertificate.set(key, agent)
      const [oldest] = byCertificate.keys()
      if (byCertificate.size > certificatesMax && oldest !== undefined) {
        void byCertificate.get(oldest)?.close()
        byCertificate.delete(oldest)
      }
      return agent
    },
    async close() {
      await Promise.all([common, ...byCertificate.values()].map((agent) => agent.close()))
    },
  }
}

function digest(own: ClientCertificate): string {
  const { passphrase = '', ca = [] } = own
  const identity = 'pfx' in own ? [own.pfx] : [own.certificate, own.privateKey]
  const hash = createHash('sha256')
  for (const part of [...identity, passphrase, ...[ca].flat()]) hash.update(`${part.length}:`).update(part)
  return hash.digest('base64')
}
