import { Plus, Trash2 } from 'lucide-react'
import { type EndpointLimitText, emptyEndpoint } from '../rate-limit-values.ts'
import { Button } from './button.tsx'
import { SelectField, TextField } from './field.tsx'
import { RateWindows } from './rate-windows.tsx'

const endpointsMax = 20
const methods = ['', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((value) => ({
  value,
  label: value || 'Any',
}))
const holders = [
  { value: 'connection', label: 'Each connection' },
  { value: 'integration', label: 'All connections' },
]

/** Limits of some endpoints, by method and path. */
export function EndpointLimits({
  endpoints,
  onChange,
}: {
  endpoints: readonly EndpointLimitText[]
  onChange: (endpoints: EndpointLimitText[]) => void
}) {
  const replace = (at: number, change: Partial<EndpointLimitText>) =>
    onChange(endpoints.map((endpoint, index) => (index === at ? { ...endpoint, ...change } : endpoint)))
  return (
    <div className="space-y-3">
      {endpoints.map((endpoint, at) => (
        <fieldset
          // biome-ignore lint/suspicious/noArrayIndexKey: a rule that is being written has no name of its own
          key={at}
          className="space-y-3 rounded-lg border border-line p-3"
        >
          <legend className="sr-only">{`Path ${at + 1}`}</legend>
          <div className="grid gap-3 sm:grid-cols-[7rem_minmax(0,1fr)_11rem_auto] sm:items-end">
            <SelectField
              label="Method"
              value={endpoint.method}
              options={methods}
              onChange={(method) => replace(at, { method })}
            />
            <TextField
              label="Path"
              className="font-mono"
              placeholder="/repos/*"
              spellCheck={false}
              value={endpoint.path}
              onChange={(event) => replace(at, { path: event.target.value })}
            />
            <SelectField
              label="Counted for"
              value={endpoint.per}
              options={holders}
              onChange={(per) => replace(at, { per: per as EndpointLimitText['per'] })}
            />
            <Button
              icon={Trash2}
              variant="ghost"
              aria-label={`Remove path ${at + 1}`}
              onClick={() => onChange(endpoints.filter((_, index) => index !== at))}
            />
          </div>
          <RateWindows
            label={`Path ${at + 1}`}
            windows={endpoint.limits}
            onChange={(limits) => replace(at, { limits })}
          />
        </fieldset>
      ))}
      {endpoints.length < endpointsMax && (
        <Button size="sm" icon={Plus} onClick={() => onChange([...endpoints, emptyEndpoint])}>
          Add a limit for a path
        </Button>
      )}
    </div>
  )
}
