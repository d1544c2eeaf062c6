import { Expired, KobleProvider, WebhookPortal } from '@koble/react'
import { nb } from '@koble/react/nb'
import { StrictMode, useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { takeSession } from './session.ts'
import '@koble/react/styles.css'
import './page.css'

const first = takeSession()

function Page() {
  const [session, setSession] = useState(first)
  useEffect(() => {
    // Who shows the page in a frame gives it a fresh token by changing what stands behind the number sign.
    const renew = () => setSession((now) => takeSession() ?? now)
    window.addEventListener('hashchange', renew)
    return () => window.removeEventListener('hashchange', renew)
  }, [])
  const locale = session?.locale ?? navigator.language
  const isNorwegian = /^(nb|no|nn)\b/i.test(locale)
  useEffect(() => {
    document.documentElement.lang = isNorwegian ? 'nb' : 'en'
    if (session?.theme) document.documentElement.dataset['theme'] = session.theme
    else delete document.documentElement.dataset['theme']
  }, [isNorwegian, session?.theme])
  return (
    <KobleProvider
      token={session?.token ?? ''}
      locale={isNorwegian ? 'nb' : locale.startsWith('en') ? locale : 'en'}
      texts={isNorwegian ? nb : undefined}
      theme={session?.theme ?? undefined}
    >
      <main>{session ? <WebhookPortal /> : <Expired />}</main>
    </KobleProvider>
  )
}

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <Page />
  </StrictMode>,
)
