import type { AuthMethod, Integration, MarketplaceDetail } from '@koble/contract/integrations'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { asksForScopes, methodOf } from '../auth-method.ts'
import { fieldErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { sessionQuery } from '../queries.ts'
import { defaultValues, filledValues, findFieldErrors } from '../validate-fields.ts'
import { Button } from './button.tsx'
import { ClassificationFields, governanceChange, governanceInput, governanceValues } from './classification-fields.tsx'
import { DeclaredFields } from './declared-fields.tsx'
import { EndpointOverrides } from './endpoint-overrides.tsx'
import { SelectField, TextField } from './field.tsx'
import { ErrorNotice } from './notice.tsx'
import { ScopePicker } from './scope-picker.tsx'

/** Sets a provider up, or changes how it is set up, by the form it declares. */
export function IntegrationForm({
  provider,
  integration,
  onSaved,
}: {
  provider: MarketplaceDetail
  /** The integration to change; absent for a new one. */
  integration?: Integration
  onSaved: (integration: Integration) => void
}) {
  const queryClient = useQueryClient()
  const [method, setMethod] = useState(() => methodOf(provider, integration?.authMethod))
  const fields = integration?.sandbox ? [] : method.integrationFields
  const [name, setName] = useState(integration?.name ?? '')
  const [values, setValues] = useState(() => valuesOf(method, integration))
  const [scopes, setScopes] = useState(integration?.scopes ?? defaultScopes(method))
  const [endpoints, setEndpoints] = useState<Record<string, string>>({ ...integration?.endpoints })
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const policies = session?.organization.policies
  const [governance, setGovernance] = useState(() => governanceValues(integration))
  const [justification, setJustification] = useState('')
  const [found, setFound] = useState<Record<string, string>>({})

  const save = useMutation({
    mutationFn: () => {
      const isCredential = (key: string) =>
        key === 'clientId' || fields.some((field) => field.key === key && field.secret)
      const filled = Object.entries(filledValues(fields, values))
      const input = {
        ...(name.trim() && { name: name.trim() }),
        ...(fields.length > 0 && {
          credentials: Object.fromEntries(filled.filter(([key]) => isCredential(key))),
          config: Object.fromEntries(filled.filter(([key]) => !isCredential(key))),
        }),
        ...(asksForScopes(method.type) && { scopes }),
        endpoints: Object.fromEntries(Object.entries(endpoints).filter(([, url]) => url.trim())),
        ...(justification.trim() && { justification: justification.trim() }),
      }
      if (integration) return koble.integrations.update(integration.id, { ...input, ...governanceChange(governance) })
      return koble.integrations.create({
        provider: provider.id,
        authMethod: method.type,
        ...input,
        ...governanceInput(governance),
      })
    },
    onSuccess: (saved) => {
      for (const key of ['integrations', 'marketplace', 'connections', 'approvals'])
        void queryClient.invalidateQueries({ queryKey: [key] })
      if (saved.pendingApprovalId) notify.success('It waits for approval', 'An admin or owner decides.')
      else notify.success(integration ? 'Saved' : `${provider.name} is set up`)
      onSaved(saved)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // A saved secret is not sent here, so an empty field then means "as it was".
    const needed = integration ? fields.filter((field) => !field.secret || values[field.key]) : fields
    const wrong = findFieldErrors(needed, values)
    if (provider.generic && !name.trim()) wrong['name'] = 'The service needs a name.'
    setFound(wrong)
    if (Object.keys(wrong).length === 0 && !save.isPending) save.mutate()
  }

  return (
    <form onSubmit={submit} className="space-y-4" noValidate>
      {save.isError && <ErrorNotice error={save.error} />}
      <TextField
        label="Name"
        optional={!provider.generic}
        help={
          provider.generic
            ? 'What the service is called.'
            : 'How it is called here; useful when you set up the same provider twice.'
        }
        placeholder={provider.generic ? 'Acme CRM' : provider.name}
        error={found['name']}
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      {!integration && provider.authMethods.length > 1 && (
        <SelectField
          label="How accounts are connected"
          value={method.type}
          options={provider.authMethods.map(({ type, label }) => ({ value: type, label }))}
          onChange={(type) => {
            const chosen = methodOf(provider, type as AuthMethod['type'])
            setMethod(chosen)
            // What was entered for a field that both have stays.
            setValues({ ...valuesOf(chosen, undefined), ...filledValues(chosen.integrationFields, values) })
            setScopes(defaultScopes(chosen))
            setFound({})
          }}
        />
      )}
      <DeclaredFields
        fields={fields}
        values={values}
        errors={{ ...fieldErrors(save.error), ...found }}
        kept={integration !== undefined}
        onChange={(key, value) => {
          setValues({ ...values, [key]: value })
          setFound(Object.fromEntries(Object.entries(found).filter(([other]) => other !== key)))
        }}
      />
      {asksForScopes(method.type) && (
        <ScopePicker
          scopes={method.scopes}
          presets={method.type === provider.auth ? provider.scopePresets : []}
          chosen={scopes}
          onChange={setScopes}
        />
      )}
      {!provider.generic && !integration?.sandbox && (
        <EndpointOverrides
          oauth={method.type === 'oauth2'}
          values={endpoints}
          errors={fieldErrors(save.error)}
          onChange={(key, value) => setEndpoints({ ...endpoints, [key]: value })}
        />
      )}
      <ClassificationFields
        values={governance}
        errors={fieldErrors(save.error)}
        required={policies?.classificationRequired ?? false}
        onChange={setGovernance}
      />
      {policies?.integrationApproval === 'required' && (
        <TextField
          label="Why it is needed"
          optional={integration !== undefined}
          help={
            integration
              ? 'For who approves: a change that widens the integration needs a reason.'
              : 'For who approves: a new integration waits for an admin or owner.'
          }
          maxLength={2000}
          error={fieldErrors(save.error)['justification']}
          value={justification}
          onChange={(event) => setJustification(event.target.value)}
        />
      )}
      <div className="flex justify-end">
        <Button type="submit" variant="primary" needs="developer" busy={save.isPending}>
          {integration ? 'Save changes' : 'Set up'}
        </Button>
      </div>
    </form>
  )
}

function valuesOf(method: AuthMethod, integration: Integration | undefined): Record<string, string> {
  if (!integration) return defaultValues(method.integrationFields)
  return { ...integration.config, ...(integration.clientId && { clientId: integration.clientId }) }
}

function defaultScopes(method: AuthMethod): string[] {
  return method.scopes.filter((scope) => scope.default).map((scope) => scope.name)
}
