import { parentPort } from 'node:worker_threads'
import { createPluginSandbox, type PluginSandbox, type SandboxCall, type SandboxOutcome } from './plugin-sandbox.ts'

/** Runs plugins in a thread of their own, one call at a time. */
const sandboxesMax = 4
/** By organization: no two share memory. */
const sandboxes = new Map<string, PluginSandbox>()

async function sandboxOf(organizationId: string): Promise<PluginSandbox> {
  const sandbox = sandboxes.get(organizationId) ?? (await createPluginSandbox())
  // The one that was used last is the last to go.
  sandboxes.delete(organizationId)
  sandboxes.set(organizationId, sandbox)
  if (sandboxes.size > sandboxesMax) sandboxes.delete(sandboxes.keys().next().value as string)
  return sandbox
}

async function answer(organizationId: string, call: SandboxCall): Promise<SandboxOutcome> {
  const sandbox = await sandboxOf(organizationId)
  const outcome = sandbox.run(call)
  if (sandbox.isBroken) sandboxes.delete(organizationId)
  return outcome
}

parentPort?.on('message', async ({ organizationId, call }: { organizationId: string; call: SandboxCall }) => {
  parentPort?.postMessage(await answer(organizationId, call))
})
// Loaded ahead, so that no call pays for it.
await createPluginSandbox()
parentPort?.postMessage('ready')
