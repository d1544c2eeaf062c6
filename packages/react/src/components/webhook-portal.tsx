import { useState } from 'react'
import { useDestinations } from '../hooks/use-destinations.ts'
import { usePortalSession } from '../hooks/use-portal-session.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { DestinationView } from './destination-view.tsx'
import { Destinations } from './destinations.tsx'
import { Expired } from './expired.tsx'
import { Pill } from './pill.tsx'

/** Everything an end user needs for the own webhooks, from the first destination to a message that is sent again. */
export function WebhookPortal({ title }: { title?: string }) {
  const { t, isExpired } = useKobleContext()
  const { session } = usePortalSession()
  const { destinations } = useDestinations()
  const [openId, setOpenId] = useState<string | null>(null)
  const open = destinations.find(({ id }) => id === openId)
  if (isExpired) return <Expired />
  if (open) return <DestinationView destination={open} onBack={() => setOpenId(null)} />
  const heading = (
    <>
      <h1>
        {title ?? t('webhooks')} {session?.readOnly && <Pill tone="none">{t('readOnly')}</Pill>}
      </h1>
      <p>{t(session?.readOnly ? 'readOnlyHint' : 'webhooksText')}</p>
    </>
  )
  return <Destinations heading={heading} onOpen={({ id }) => setOpenId(id)} />
}
