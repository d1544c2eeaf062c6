import { KobleApiError } from '@koble/sdk'
import { useQuery } from '@tanstack/react-query'
import { koble } from '../koble.ts'
import { useSettled } from '../use-settled.ts'
import { presetOf, presetText, readVerification, verificationPresets } from '../verification-presets.ts'
import { Field, SelectField } from './field.tsx'

const tryAfterMs = 500

/** How deliveries of a service of one's own are recognised: a usual way to begin with, then JSON, judged as it is written. */
export function VerificationEditor({
  text,
  onChange,
  error,
}: {
  text: string
  onChange: (text: string) => void
  /** Why the whole of it was refused when it was to be saved. */
  error: unknown
}) {
  const { value, error: syntax } = readVerification(text)
  const signature = value?.['signature']
  const preset = presetOf(signature)
  const settled = useSettled(JSON.stringify(signature), tryAfterMs)
  const judged = useQuery({
    queryKey: ['signature-scheme', settled],
    // Nothing is sent or stored: a scheme that makes no sense is refused before the delivery is looked at.
    queryFn: ({ signal }) =>
      koble.endpoints.check(
        { signature: JSON.parse(settled ?? 'null'), secret: 'unknown', headers: {}, body: '' },
        { signal },
      ),
    enabled: settled !== undefined,
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const problems = [
    ...(syntax ? [{ path: '', message: syntax }] : []),
    ...(value && signature === undefined ? [{ path: 'signature', message: 'is needed' }] : []),
    ...(syntax ? [] : problemsOf(judged.error)),
    ...problemsOf(error).map(({ path, message }) => ({ path: path.replace(/^verification\.?/, ''), message })),
  ]
  const unique = [...new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem])).values()]
  return (
    <div className="space-y-3">
      <SelectField
        label="How deliveries are recognised"
        help={preset?.help ?? 'Choose a usual way to begin with, then change it below.'}
        value={preset?.id ?? ''}
        onChange={(id) => {
          const chosen = verificationPresets.find((one) => one.id === id)
          if (chosen) onChange(presetText(chosen, text))
        }}
        options={[
          ...(preset ? [] : [{ value: '', label: 'As written below' }]),
          ...verificationPresets.map(({ id, label }) => ({ value: id, label })),
        ]}
      />
      <Field
        label="Verification"
        help="signature, and where eventType, eventId and account stand: a header, a query parameter, a field of the body, or a constant."
      >
        {(control) => (
          <textarea
            {...control}
            aria-invalid={unique.length > 0 || undefined}
            className="control min-h-64 resize-y font-mono text-xs"
            spellCheck={false}
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
      <div role="status" className="text-xs">
        {unique.length > 0 ? (
          <ul aria-label="What is wrong with it" className="space-y-1 text-bad">
            {unique.map(({ path, message }) => (
              <li key={`${path} ${message}`} className="break-words">
                {path && <code className="font-mono font-semibold">{path}</code>} {message}
              </li>
            ))}
          </ul>
        ) : (
          judged.isSuccess && <span className="text-ok">The scheme makes sense.</span>
        )}
      </div>
    </div>
  )
}

function problemsOf(error: unknown): readonly { path: string; message: string }[] {
  if (!(error instanceof KobleApiError)) return []
  return error.errors.length > 0 ? error.errors : [{ path: '', message: error.detail ?? error.title }]
}
