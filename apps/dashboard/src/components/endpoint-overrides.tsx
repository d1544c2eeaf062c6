import { ChevronRight } from 'lucide-react'
import { TextField } from './field.tsx'

const addresses = [
  { key: 'apiUrl', label: 'API', oauthOnly: false },
  { key: 'authorizationUrl', label: 'Authorization', oauthOnly: true },
  { key: 'tokenUrl', label: 'Token', oauthOnly: true },
  { key: 'revocationUrl', label: 'Revocation', oauthOnly: true },
  { key: 'userInfoUrl', label: 'User info', oauthOnly: true },
]

/** Addresses in place of the provider's own, for self-hosted instances; folded away, since few need them. */
export function EndpointOverrides({
  oauth,
  values,
  errors,
  onChange,
}: {
  oauth: boolean
  values: Readonly<Record<string, string>>
  errors: Readonly<Record<string, string>>
  onChange: (key: string, value: string) => void
}) {
  return (
    <details className="group" open={Object.values(values).some(Boolean) || undefined}>
      <summary className="flex w-fit items-center gap-1 rounded text-ink-soft hover:text-ink">
        <ChevronRight size={13} aria-hidden className="transition-transform group-open:rotate-90" />
        Other addresses, for a self-hosted instance
      </summary>
      <div className="mt-3 space-y-4 border-l-2 border-line pl-4">
        {addresses
          .filter(({ oauthOnly }) => oauth || !oauthOnly)
          .map(({ key, label }) => (
            <TextField
              key={key}
              label={`${label} URL`}
              optional
              type="url"
              placeholder="https://"
              error={errors[key]}
              value={values[key] ?? ''}
              onChange={(event) => onChange(key, event.target.value)}
            />
          ))}
      </div>
    </details>
  )
}
