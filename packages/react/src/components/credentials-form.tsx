import { type FormEvent, useState } from 'react'
import { useAction } from '../hooks/use-action.ts'
import type { OfferedIntegration } from '../hooks/use-connections.ts'
import { useKobleContext } from '../koble-provider.tsx'
import type { TextKey } from '../texts/en.ts'
import { Button } from './button.tsx'
import { SelectField, TextField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'

type Field = OfferedIntegration['connectionFields'][number]

/** Asks the owner of an account for its credentials; they are tried at the provider before they are kept. */
export function CredentialsForm({
  integration,
  onConnected,
  onCancel,
}: {
  integration: OfferedIntegration
  onConnected: () => void
  onCancel: () => void
}) {
  const { t, koble } = useKobleContext()
  const fields = integration.connectionFields
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(fields.map((field) => [field.key, firstValueOf(field)])),
  )
  const [wrong, setWrong] = useState<Record<string, TextKey>>({})
  const save = useAction(async () => {
    const filled = Object.entries(values).map(([key, value]) => [key, value.trim()] as const)
    const credentials = Object.fromEntries(filled.filter(([, value]) => value !== ''))
    await koble.connectSessions.connect({ integrationId: integration.id, credentials })
    onConnected()
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const found = fields.flatMap((field) => {
      const problem = findProblem(field, values[field.key]?.trim() ?? '')
      return problem ? [[field.key, problem] as const] : []
    })
    setWrong(Object.fromEntries(found))
    if (found.length === 0) void save.run()
  }
  return (
    <form className="koble-form" noValidate onSubmit={submit}>
      {save.error && <ErrorNotice error={save.error} />}
      {fields.map((field) => {
        const { key, label, options } = field
        const problem = wrong[key]
        const control = {
          label,
          help: field.help,
          isOptional: field.required === false,
          error: problem
            ? problem === 'looksWrong' && field.patternMessage
              ? field.patternMessage
              : t(problem)
            : null,
          name: key,
          value: values[key] ?? '',
          onChange: ({ target }: { target: { value: string } }) => setValues({ ...values, [key]: target.value }),
        }
        if (options) return <SelectField key={key} {...control} options={options} />
        return (
          <TextField key={key} {...control} type={field.secret ? 'password' : 'text'} placeholder={field.example} />
        )
      })}
      <p className="koble-faint">{t('credentialsHint', { name: integration.name })}</p>
      <div className="koble-actions">
        <Button onClick={onCancel}>{t('cancel')}</Button>
        <Button type="submit" variant="primary" isBusy={save.isBusy}>
          {t('testAndConnect')}
        </Button>
      </div>
    </form>
  )
}

function firstValueOf(field: Field): string {
  return field.default ?? (field.required === false ? '' : (field.options?.[0]?.value ?? ''))
}

function findProblem(field: Field, value: string): TextKey | null {
  if (value === '') return field.required === false ? null : 'required'
  if (field.pattern === undefined || new RegExp(`^(?:${field.pattern})$`, 'v').test(value)) return null
  return 'looksWrong'
}
