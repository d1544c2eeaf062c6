import type { Connection } from '@koble/contract/connections'
import type { Field } from '@koble/contract/integrations'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { fieldErrors } from '../error-text.ts'
import { defaultValues, filledValues, findFieldErrors } from '../validate-fields.ts'
import { Button } from './button.tsx'
import { DeclaredFields } from './declared-fields.tsx'
import { Actions } from './modal.tsx'
import { ErrorNotice } from './notice.tsx'

/** Asks the owner of an account for its credentials; the server tries them at the provider before it keeps them. */
export function CredentialsForm({
  fields,
  initial,
  connect,
  onConnected,
  onCancel,
  children,
}: {
  fields: readonly Field[]
  /** Values to begin with. */
  initial?: Readonly<Record<string, string>>
  connect: (credentials: Record<string, string>) => Promise<Connection>
  onConnected: (connection: Connection) => void
  onCancel: () => void
  /** Between the fields and the buttons. */
  children?: ReactNode
}) {
  const [values, setValues] = useState<Record<string, string>>(() => ({ ...defaultValues(fields), ...initial }))
  const [found, setFound] = useState<Record<string, string>>({})
  const save = useMutation({ mutationFn: () => connect(filledValues(fields, values)), onSuccess: onConnected })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wrong = findFieldErrors(fields, values)
    setFound(wrong)
    if (Object.keys(wrong).length === 0 && !save.isPending) save.mutate()
  }
  return (
    <form onSubmit={submit} className="space-y-4" noValidate>
      {save.isError && <ErrorNotice error={save.error} />}
      <DeclaredFields
        fields={fields}
        values={values}
        errors={{ ...fieldErrors(save.error), ...found }}
        onChange={(key, value) => {
          setValues({ ...values, [key]: value })
          setFound(Object.fromEntries(Object.entries(found).filter(([other]) => other !== key)))
        }}
      />
      {children}
      <Actions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" variant="primary" busy={save.isPending}>
          Test and connect
        </Button>
      </Actions>
    </form>
  )
}
