import type { Policies } from '@koble/contract/governance'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { fieldErrors } from '../error-text.ts'
import { koble } from '../koble.ts'
import { notify } from '../notify.ts'
import { sessionQuery } from '../queries.ts'
import { Button } from './button.tsx'
import { SelectField, TextField } from './field.tsx'
import { IpListField, readIpList } from './ip-list-field.tsx'
import { ErrorNotice } from './notice.tsx'

const kinds = [
  { kind: 'events', label: 'Keep events for' },
  { kind: 'requests', label: 'Keep calls through the gateway for' },
  { kind: 'activity', label: 'Keep other activity for' },
  { kind: 'audit', label: 'Keep the audit log for' },
] as const
type Kind = (typeof kinds)[number]['kind']

/** Changes the policies of the organization; for owners. */
export function PolicyForm({ policies }: { policies: Policies }) {
  const queryClient = useQueryClient()
  const [approval, setApproval] = useState(policies.integrationApproval)
  const [classified, setClassified] = useState(policies.classificationRequired ? 'required' : 'none')
  const [networks, setNetworks] = useState(policies.apiKeyIpAllowList.join('\n'))
  const [days, setDays] = useState<Record<Kind, string>>({
    events: policies.retention.events?.toString() ?? '',
    requests: policies.retention.requests?.toString() ?? '',
    activity: policies.retention.activity?.toString() ?? '',
    audit: policies.retention.audit?.toString() ?? '',
  })
  const save = useMutation({
    mutationFn: () =>
      koble.organization.update({
        policies: {
          integrationApproval: approval,
          classificationRequired: classified === 'required',
          apiKeyIpAllowList: readIpList(networks),
          retention: Object.fromEntries(kinds.map(({ kind }) => [kind, days[kind] ? Number(days[kind]) : null])),
        },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: sessionQuery.queryKey })
      notify.success('Saved')
    },
  })
  const errors = fieldErrors(save.error)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!save.isPending) save.mutate()
  }
  return (
    <form onSubmit={submit} className="space-y-4" noValidate>
      {save.isError && <ErrorNotice error={save.error} />}
      <SelectField
        label="Approval of integrations"
        help="When required, a new integration or a change that widens one waits for an admin or owner other than who asked."
        value={approval}
        onChange={(value) => setApproval(value as Policies['integrationApproval'])}
        options={[
          { value: 'none', label: 'Not required' },
          { value: 'required', label: 'Required' },
        ]}
      />
      <SelectField
        label="Classification of integrations"
        help="When required, no integration is made without one."
        value={classified}
        onChange={setClassified}
        options={[
          { value: 'none', label: 'Optional' },
          { value: 'required', label: 'Required' },
        ]}
      />
      <IpListField
        label="Networks of API keys"
        help="From where any API key may be used. Empty: from anywhere. People who sign in here are not bound by it."
        error={errors['apiKeyIpAllowList']}
        value={networks}
        onChange={setNetworks}
      />
      {kinds.map(({ kind, label }) => (
        <TextField
          key={kind}
          label={label}
          optional
          help={helpOf(kind, policies)}
          type="number"
          min={kind === 'audit' ? 30 : 1}
          max={kind === 'audit' ? 3650 : policies.retentionDaysMax}
          error={errors[kind]}
          value={days[kind]}
          onChange={(event) => setDays({ ...days, [kind]: event.target.value })}
        />
      ))}
      <div className="flex justify-end">
        <Button type="submit" variant="primary" needs="owner" busy={save.isPending}>
          Save the policies
        </Button>
      </div>
    </form>
  )
}

function helpOf(kind: Kind, { retentionDaysMax }: Policies): string {
  if (kind === 'audit') return 'Days, at least 30. Empty: for good. What is left can still be verified.'
  return `Days, at most ${retentionDaysMax}. Empty: ${retentionDaysMax}.`
}
