import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePeer, freePort, type Peer, startPeer } from './start-peer.ts'

/** Not the one in `/usr/sbin`: that changes to another user and forgets the environment. */
const places = ['/usr/lib/rabbitmq/bin/rabbitmq-server', 'rabbitmq-server']

/** The path of a RabbitMQ for tests, as `ensurePeer` finds or installs it. */
export function ensureRabbitmqServer(): string | null {
  return ensurePeer(places, 'rabbitmq-server', 'RabbitMQ')
}

/**
 * Starts a RabbitMQ at 127.0.0.1, with user and password `guest`, and waits until it takes connections, which takes some
 * seconds. Everything of it listens on 127.0.0.1 only.
 *
 * @param options.like One that was killed, to go on with its queues and at its ports.
 */
export async function startRabbitmqServer(
  program: string,
  options: { like?: RabbitmqServer } = {},
): Promise<RabbitmqServer> {
  const ports = options.like?.ports ?? {
    amqp: await freePort(),
    distribution: await freePort(),
    epmd: await freePort(),
  }
  const env = (folder: string) => ({
    HOME: folder,
    RABBITMQ_NODENAME: `test${ports.amqp}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(ports.amqp),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: join(folder, 'database'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
  })
  const peer = await startPeer({
    program,
    args(folder) {
      writeFileSync(join(folder, 'plugins'), '[].')
      writeFileSync(join(folder, 'rabbitmq.conf'), 'log.console = false\nlog.file = false\n')
      return []
    },
    env,
    pidFile: (folder) => join(folder, 'pid'),
    ready: /Starting broker.*completed/,
    ...(options.like && { folder: options.like.folder }),
  })
  return {
    ...peer,
    port: ports.amqp,
    ports,
    async stop() {
      await peer.stop()
      // Erlang's name server, which the broker starts beside itself and leaves behind.
      spawnSync('epmd', ['-port', String(ports.epmd), '-kill'], { stdio: 'ignore' })
    },
  }
}

/** A RabbitMQ of the test's own. */
export interface RabbitmqServer extends Peer {
  /** Of AMQP without TLS. */
  port: number
  ports: { amqp: number; distribution: number; epmd: number }
}
