import { useKobleContext } from '../koble-provider.tsx'

/** Says that the token has run out, and what to do. */
export function Expired() {
  const { t } = useKobleContext()
  return (
    <div className="koble-empty" role="alert">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="16" cy="16" r="11" />
        <path d="M16 9.5V16l4.5 3" />
      </svg>
      <h1>{t('expiredTitle')}</h1>
      <p className="koble-soft">{t('expiredText')}</p>
    </div>
  )
}
