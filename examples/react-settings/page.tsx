import { ConnectButton, Connections, KobleProvider, WebhookPortal } from '@koble/react'
import { useCallback, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import '@koble/react/styles.css'

interface Tokens {
  kobleUrl: string
  portal: string
  connect: string
}

function Settings() {
  const [tokens, setTokens] = useState<Tokens | null>(null)
  const renew = useCallback(async () => setTokens(await (await fetch('/tokens')).json()), [])
  useEffect(() => void renew(), [renew])
  if (!tokens) return null
  return (
    <main>
      <KobleProvider baseUrl={tokens.kobleUrl} token={tokens.connect} onExpired={renew}>
        <h1>Accounts</h1>
        <Connections />
        <ConnectButton integration="github" />
      </KobleProvider>
      <KobleProvider baseUrl={tokens.kobleUrl} token={tokens.portal} onExpired={renew}>
        <WebhookPortal title="Your webhooks" />
      </KobleProvider>
    </main>
  )
}

createRoot(document.getElementById('root') as HTMLElement).render(<Settings />)
