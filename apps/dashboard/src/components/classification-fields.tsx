import type { Classification, LegalBasis, Processing } from '@koble/contract/governance'
import type { Integration } from '@koble/contract/integrations'
import { ChevronRight } from 'lucide-react'
import { classifications, legalBases } from '../classification-wording.ts'
import { SelectField, TextField } from './field.tsx'
import { IpListField, readIpList } from './ip-list-field.tsx'

/** What is entered about the data of an integration, as text. */
export interface GovernanceValues {
  classification: Classification | ''
  purpose: string
  legalBasis: LegalBasis
  dataCategories: string
  retentionDays: string
  ipAllowList: string
}

/** What the fields begin with. */
export function governanceValues(integration: Integration | undefined): GovernanceValues {
  const processing = integration?.processing
  return {
    classification: integration?.classification ?? '',
    purpose: processing?.purpose ?? '',
    legalBasis: processing?.legalBasis ?? 'contract',
    dataCategories: processing?.dataCategories.join(', ') ?? '',
    retentionDays: processing?.retentionDays?.toString() ?? '',
    ipAllowList: integration?.ipAllowList.join('\n') ?? '',
  }
}

/** What is sent of them for an integration that exists: what is left empty is taken away. */
export function governanceChange(values: GovernanceValues) {
  const { classification, legalBasis } = values
  const purpose = values.purpose.trim()
  const processing: Processing | null = purpose
    ? {
        purpose,
        legalBasis,
        dataCategories: values.dataCategories
          .split(',')
          .map((category) => category.trim())
          .filter(Boolean),
        ...(values.retentionDays && { retentionDays: Number(values.retentionDays) }),
      }
    : null
  return { classification: classification || null, processing, ipAllowList: readIpList(values.ipAllowList) }
}

/** The same for a new one: what is left empty is absent. */
export function governanceInput(values: GovernanceValues) {
  const { classification, processing, ipAllowList } = governanceChange(values)
  return { ...(classification && { classification }), ...(processing && { processing }), ipAllowList }
}

/** How the data of an integration is classified and why it is processed, and from where its connections may be used. */
export function ClassificationFields({
  values,
  errors,
  required,
  onChange,
}: {
  values: GovernanceValues
  errors: Readonly<Record<string, string>>
  /** The organization wants every integration classified. */
  required: boolean
  onChange: (values: GovernanceValues) => void
}) {
  const set = (part: Partial<GovernanceValues>) => onChange({ ...values, ...part })
  return (
    <>
      <SelectField
        label="Classification"
        optional={!required}
        error={errors['classification']}
        help={values.classification ? classifications[values.classification].effect : 'How far its data may spread.'}
        value={values.classification}
        onChange={(value) => set({ classification: value as Classification | '' })}
        options={[
          { value: '', label: 'Not classified' },
          ...Object.entries(classifications).map(([value, { label }]) => ({ value, label })),
        ]}
      />
      <details className="group" open={values.purpose !== '' || values.ipAllowList !== '' || undefined}>
        <summary className="flex w-fit items-center gap-1 rounded text-ink-soft hover:text-ink">
          <ChevronRight size={13} aria-hidden className="transition-transform group-open:rotate-90" />
          Personal data, and who may use it
        </summary>
        <div className="mt-3 space-y-4 border-l-2 border-line pl-4">
          <TextField
            label="Purpose"
            optional
            help="Why personal data is processed; it stands in the register."
            placeholder="Support tickets of our customers"
            maxLength={500}
            error={errors['purpose']}
            value={values.purpose}
            onChange={(event) => set({ purpose: event.target.value })}
          />
          {values.purpose.trim() !== '' && (
            <>
              <SelectField
                label="Legal basis"
                value={values.legalBasis}
                onChange={(value) => set({ legalBasis: value as LegalBasis })}
                options={Object.entries(legalBases).map(([value, label]) => ({ value, label }))}
              />
              <TextField
                label="Categories of data"
                optional
                placeholder="Name, e-mail address"
                value={values.dataCategories}
                onChange={(event) => set({ dataCategories: event.target.value })}
              />
              <TextField
                label="Keep events and calls for"
                optional
                help="Days, when that is shorter than the organization's policy."
                type="number"
                min={1}
                max={3650}
                error={errors['retentionDays']}
                value={values.retentionDays}
                onChange={(event) => set({ retentionDays: event.target.value })}
              />
            </>
          )}
          <IpListField
            label="Callers' networks"
            help="From where connections may be used and tokens read. Empty: from anywhere."
            error={errors['ipAllowList']}
            value={values.ipAllowList}
            onChange={(ipAllowList) => set({ ipAllowList })}
          />
        </div>
      </details>
    </>
  )
}
