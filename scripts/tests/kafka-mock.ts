import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { ensurePeer, type Peer, startPeer } from './start-peer.ts'

const execute = promisify(execFile)

/** The mock cluster of librdkafka: it speaks Kafka's protocol and keeps what it is sent, in memory. */
export interface KafkaMock extends Peer {
  port: number
  /** What a consumer finds in a topic, in kcat's format (`man kcat`), from its beginning. */
  consume(topic: string, format: string): Promise<Buffer>
}

/**
 * The path of kcat, as `ensurePeer` finds or installs it. There is no Kafka itself in Debian, and none that runs without
 * Java; kcat brings librdkafka’s mock cluster along, which the client's own authors test with.
 */
export function ensureKcat(): string | null {
  return ensurePeer(['kcat', 'kafkacat'], 'kcat', 'Kafka')
}

/** Starts a mock cluster with one broker at 127.0.0.1, at a port of its own choice. It makes topics as they are asked for. */
export async function startKafkaMock(program: string): Promise<KafkaMock> {
  const peer = await startPeer({
    program,
    args: () => ['-C', '-b', '127.0.0.1:1', '-t', 'unused', '-X', 'test.mock.num.brokers=1'],
    ready: /replaced with 127\.0\.0\.1:\d+/,
  })
  const port = Number(/replaced with 127\.0\.0\.1:(\d+)/.exec(peer.readyLine)?.[1])
  return {
    ...peer,
    port,
    async consume(topic, format) {
      const args = ['-C', '-q', '-e', '-o', 'beginning', '-b', `127.0.0.1:${port}`, '-t', topic, '-f', format]
      return (await execute(program, args, { encoding: 'buffer', timeout: 20_000 })).stdout
    },
  }
}
