import type { AuthType } from './auth-method.ts'
import { authMethodsOf } from './auth-methods.ts'
import type { Provider, SandboxMethod } from './define-provider.ts'

/** The methods that a provider's stand-in takes, the usual one first; empty where there is no stand-in. */
export function sandboxMethodsOf(provider: Provider): { type: AuthType; sandbox: SandboxMethod }[] {
  return authMethodsOf(provider).flatMap(({ type }) => {
    const sandbox = sandboxMethodOf(provider, type)
    return sandbox ? [{ type, sandbox }] : []
  })
}

/** How accounts are connected at a provider's stand-in by a method, its usual one unless given. */
export function sandboxMethodOf(provider: Provider, type?: AuthType | (string & {})): SandboxMethod | undefined {
  const [usual] = authMethodsOf(provider)
  if (type === undefined || type === usual?.type) return provider.sandbox
  return provider.sandbox?.methods?.[type as AuthType]
}
