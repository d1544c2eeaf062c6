import { freePort, type Peer, startPeer } from '../../../../scripts/tests/start-peer.ts'

/** The one key pair that s3rver knows. */
export const s3Keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }

/**
 * Starts s3rver, a store that speaks as S3 does and checks the signatures of what is written and read, as a process of
 * its own at 127.0.0.1, with one bucket.
 *
 * @param options.folder Of one that was killed, to go on with its objects.
 */
export async function startS3Server(
  bucket: string,
  options: { port?: number; folder?: string } = {},
): Promise<Peer & { port: number }> {
  const port = options.port ?? (await freePort())
  const code = `
    import S3rver from ${JSON.stringify(import.meta.resolve('@20minutes/s3rver'))}
    const server = new S3rver({
      port: ${port}, address: '127.0.0.1', silent: true, directory: process.cwd() + '/objects',
      configureBuckets: [{ name: ${JSON.stringify(bucket)} }],
    })
    await server.run()
    console.log('ready')`
  const peer = await startPeer({
    program: process.execPath,
    args: () => ['--input-type=module', '-e', code],
    ready: /^ready$/,
    ...(options.folder !== undefined && { folder: options.folder }),
  })
  return { ...peer, port }
}
