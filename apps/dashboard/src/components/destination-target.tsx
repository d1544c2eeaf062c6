import type { DestinationType } from '@koble/contract/destination-types'
import { ChevronRight } from 'lucide-react'
import type { DestinationField } from '../destination-fields.ts'
import { newDestinationValues, shownFields } from '../destination-values.ts'
import { errorBelow } from '../error-text.ts'
import { destinationTypeList, destinationTypeNames } from '../outbound-wording.ts'
import { DeclaredDestinationField } from './declared-destination-field.tsx'
import type { DestinationFormPart } from './destination-form.tsx'

/** The kind of a destination and its address, with the credentials for it. The kind of one that is there stays. */
export function DestinationTarget({
  values,
  errors,
  isNew,
  secretsSet,
  onChange,
}: DestinationFormPart & { isNew: boolean; secretsSet: readonly string[] }) {
  const fields = shownFields(values)
  const seldom = fields.filter(({ more }) => more)
  const show = (field: DestinationField) => (
    <div key={`${values.type} ${field.key}`} className={isWide(field) ? 'sm:col-span-2' : ''}>
      <DeclaredDestinationField
        field={field}
        value={values.fields[field.key] ?? ''}
        error={errorBelow(errors, `${field.secret ? 'secrets' : 'config'}.${field.key}`)}
        isSet={field.secret === true && secretsSet.includes(field.key)}
        isCleared={values.cleared.includes(field.key)}
        onChange={(value) =>
          onChange({
            fields: { ...values.fields, [field.key]: value },
            cleared: values.cleared.filter((key) => key !== field.key),
          })
        }
        onClear={(clear) =>
          onChange({
            fields: { ...values.fields, [field.key]: '' },
            cleared: clear ? [...values.cleared, field.key] : values.cleared.filter((key) => key !== field.key),
          })
        }
      />
    </div>
  )
  return (
    <>
      <TypeChoice
        type={values.type}
        fixed={!isNew}
        onChange={(type) => onChange({ type, fields: newDestinationValues(type).fields, cleared: [] })}
      />
      <div className="grid items-start gap-4 sm:grid-cols-2">{fields.filter(({ more }) => !more).map(show)}</div>
      {seldom.length > 0 && (
        <details
          className="group"
          open={
            seldom.some(({ key }) => errorBelow(errors, `config.${key}`) ?? errorBelow(errors, `secrets.${key}`)) ||
            undefined
          }
        >
          <summary className="flex w-fit items-center gap-1 rounded text-ink-soft hover:text-ink">
            <ChevronRight size={13} aria-hidden className="transition-transform group-open:rotate-90" />
            More about the connection
          </summary>
          <div className="mt-3 grid items-start gap-4 border-l-2 border-line pl-4 sm:grid-cols-2">
            {seldom.map(show)}
          </div>
        </details>
      )}
    </>
  )
}

function isWide({ key, kind }: DestinationField): boolean {
  return key === 'url' || key === 'authentication.type' || kind === 'lines'
}

function TypeChoice({
  type,
  fixed,
  onChange,
}: {
  type: DestinationType
  fixed: boolean
  onChange: (type: DestinationType) => void
}) {
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Type</legend>
      <div className="flex flex-wrap gap-1.5">
        {destinationTypeList
          .filter((one) => !fixed || one === type)
          .map((one) => (
            <label
              key={one}
              className="flex min-h-8 cursor-pointer items-center rounded-md border border-line-strong bg-surface px-2.5 text-ink-soft hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-checked:text-accent-ink has-focus-visible:outline-2 has-focus-visible:outline-accent pointer-coarse:min-h-10"
            >
              <input
                type="radio"
                name="type"
                className="sr-only"
                checked={type === one}
                onChange={() => onChange(one)}
              />
              {destinationTypeNames[one]}
            </label>
          ))}
      </div>
    </fieldset>
  )
}
