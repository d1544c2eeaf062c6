import { useKobleContext } from '../koble-provider.tsx'
import { CodeField, SelectField, TextField } from './field.tsx'
import {
  type AuthenticationKey,
  type AuthenticationType,
  type AuthenticationValues,
  authenticationWays,
} from './receiver-authentication.ts'

/** How the receiver knows who calls: the way, and what it asks for. */
export function AuthenticationFields({
  values,
  isSet,
  text,
  onChange,
}: {
  values: AuthenticationValues
  /** Whether a secret is saved already. */
  isSet(secret: string): boolean
  /** What a field of that name is given. */
  text(key: AuthenticationKey): { name: string; value: string; error: string | null | undefined }
  onChange(changes: Partial<AuthenticationValues>): void
}) {
  const { t } = useKobleContext()
  return (
    <>
      <SelectField
        label={t('authentication')}
        value={values.authentication}
        options={Object.entries(authenticationWays).map(([value, { label }]) => ({ value, label: t(label) }))}
        onChange={({ target }) => onChange({ authentication: target.value as AuthenticationType })}
      />
      {authenticationWays[values.authentication].fields.map(({ key, label, secret, lines, optional }) => {
        const isKept = secret && isSet(key)
        const props = {
          label: t(label),
          required: !optional && !isKept,
          isOptional: optional ?? false,
          ...(isKept && { placeholder: t('keepSecret') }),
          ...text(key),
        }
        if (lines) return <CodeField key={key} {...props} help={t('pemHelp')} />
        return <TextField key={key} {...props} {...(secret && { type: 'password', autoComplete: 'new-password' })} />
      })}
    </>
  )
}
