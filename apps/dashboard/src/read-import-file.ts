interface ImportContent {
  bundle?: string
  passphrase?: string
  privateKey?: string
  connections?: unknown[]
  nango?: unknown[]
}

/** What a file to be imported holds, told by its content; throws an `Error` for people when it is none of them. */
export function readImportFile(text: string, secret: string): ImportContent {
  const trimmed = text.trim()
  if (trimmed.startsWith('koble-bundle.')) {
    if (!secret) throw new Error('The file is sealed: give its passphrase, or the private key of its recipient.')
    const isKey = secret.trim().startsWith('koble-private.')
    return { bundle: trimmed, ...(isKey ? { privateKey: secret.trim() } : { passphrase: secret }) }
  }
  let content: unknown
  try {
    content = JSON.parse(trimmed)
  } catch {
    throw new Error('The file is neither a sealed export nor JSON.')
  }
  const { connections } = (content ?? {}) as { connections?: unknown }
  const items = Array.isArray(content) ? content : Array.isArray(connections) ? connections : [content]
  const isNango = items.some((item) => typeof item === 'object' && item !== null && 'provider_config_key' in item)
  return isNango ? { nango: items } : { connections: items }
}
