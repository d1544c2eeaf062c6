import type { Answer } from '@koble/sdk'
import { useState } from 'react'
import { useAction } from '../hooks/use-action.ts'
import type { Destination } from '../hooks/use-destinations.ts'
import { usePortalSession } from '../hooks/use-portal-session.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { Button } from './button.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { CopyButton } from './copy-button.tsx'
import { ErrorNotice } from './notice.tsx'
import { useFullTime } from './time-ago.tsx'

type Secret = Answer<'GET /api/destinations/{id}/secret'>

/** With what the receiver checks signatures. It is fetched only when it is asked for, since every reading is audited. */
export function SigningSecret({ destination }: { destination: Destination }) {
  const { t, koble, cache } = useKobleContext()
  const { mayChange } = usePortalSession()
  const full = useFullTime()
  const [secret, setSecret] = useState<Secret | null>(null)
  const [isRotating, setRotating] = useState(false)
  const reveal = useAction(async () => setSecret(await koble.destinations.secret(destination.id)))
  if (destination.signing === 'none') return <p className="koble-soft">{t('signingNone')}</p>
  const isHmac = destination.signing === 'hex_hmac'
  const name = t(destination.signing === 'ed25519' ? 'signingPublicKey' : 'signingSecret')
  const value = secret?.publicKey ?? secret?.secret ?? null
  const previousUntil = secret?.previousSecretUntil ?? destination.previousSecretUntil
  return (
    <section className="koble-section" aria-label={name}>
      <p className="koble-soft">
        {t('signingText', {
          headers: isHmac ? 'x-webhook-signature' : 'webhook-id, webhook-timestamp, webhook-signature',
        })}{' '}
        {!isHmac && (
          <a href="https://www.standardwebhooks.com" target="_blank" rel="noopener noreferrer">
            {t('signingDocs')}
          </a>
        )}
      </p>
      {reveal.error && <ErrorNotice error={reveal.error} />}
      <div className="koble-secret">
        <output aria-label={name}>{value ?? '••••••••••••••••••••'}</output>
        {value !== null && <CopyButton text={value} />}
        <Button
          isSmall
          isBusy={reveal.isBusy}
          aria-pressed={value !== null}
          onClick={() => (value === null ? void reveal.run() : setSecret(null))}
        >
          {t(value === null ? 'reveal' : 'hide')}
        </Button>
        {mayChange && (
          <Button isSmall onClick={() => setRotating(true)}>
            {t('rotate')}
          </Button>
        )}
      </div>
      {previousUntil !== null && Date.parse(previousUntil) > Date.now() && (
        <p className="koble-soft">{t('previousUntil', { time: full(previousUntil) })}</p>
      )}
      {isRotating && (
        <ConfirmDialog
          title={t('rotateTitle')}
          confirm={t('rotate')}
          done={t('rotated')}
          work={async () => {
            setSecret(await koble.destinations.rotateSecret(destination.id))
            cache.invalidate('destinations')
          }}
          onClose={() => setRotating(false)}
        >
          <p>{t(isHmac ? 'rotateAtOnce' : 'rotateText')}</p>
        </ConfirmDialog>
      )}
    </section>
  )
}
