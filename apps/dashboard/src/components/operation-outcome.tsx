import type { OperationResult } from '@koble/contract/operations'
import { KobleApiError } from '@koble/sdk'
import { useEffect, useRef } from 'react'
import { errorText, pathErrors } from '../error-text.ts'
import { formatDuration } from '../format-time.ts'
import { type FormNode, hasPlace } from '../json-form.ts'
import { count } from '../wording.ts'
import { Badge } from './badge.tsx'
import { CodeBlock } from './code-block.tsx'
import { Notice } from './notice.tsx'

/** What came of a run. */
export type Outcome = { durationMs: number } & ({ result: OperationResult; error?: undefined } | { error: unknown })

/** The answer of an operation, or why there is none; before the first run, the place where it will stand. */
export function OperationOutcome({
  outcome,
  busy,
  provider,
  form,
}: {
  outcome: Outcome | undefined
  busy: boolean
  provider: string
  /** Where the form says what is wrong with its fields; null where there is no form. */
  form: FormNode | null
}) {
  const heading = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (outcome) heading.current?.scrollIntoView({ block: 'nearest' })
  }, [outcome])
  return (
    <section aria-label="Result" className="space-y-2">
      <div
        ref={heading}
        role="status"
        className="flex min-h-6 scroll-my-24 flex-wrap items-center gap-x-3 gap-y-1 text-ink-soft"
      >
        <h4 className="font-medium text-ink">Result</h4>
        {busy ? <span>Running…</span> : outcome && <Facts outcome={outcome} provider={provider} />}
      </div>
      <div className={busy ? 'opacity-60' : undefined}>
        {outcome === undefined && (
          <p className="rounded-lg border border-dashed border-line-strong px-3 py-8 text-center text-ink-faint">
            Run the operation to see what {provider} answers.
          </p>
        )}
        {outcome && 'result' in outcome && (
          <CodeBlock text={JSON.stringify(outcome.result.output, null, 2) ?? 'null'} label="Output" tall />
        )}
        {outcome?.error !== undefined && <Failure error={outcome.error} provider={provider} form={form} />}
      </div>
    </section>
  )
}

function Facts({ outcome, provider }: { outcome: Outcome; provider: string }) {
  const { error } = outcome
  const status = error instanceof KobleApiError ? error.status : 0
  return (
    <>
      {'result' in outcome ? (
        <Badge tone="ok">Status 200</Badge>
      ) : (
        <Badge tone="bad">{status === 0 ? 'No answer' : `Status ${status}`}</Badge>
      )}
      <span>{formatDuration(outcome.durationMs)}</span>
      {'result' in outcome && <span>{`${count(outcome.result.calls, 'call')} to ${provider}`}</span>}
    </>
  )
}

function Failure({ error, provider, form }: { error: unknown; provider: string; form: FormNode | null }) {
  const { title, detail, requestId } = errorText(error)
  const { code, provider: said = null } = error instanceof KobleApiError ? error : { code: null }
  const fields = Object.entries(pathErrors(error))
  const elsewhere = fields.filter(([path]) => !form || !hasPlace(form, path.replace(/^input\.?/, '')))
  return (
    <div className="space-y-2">
      <Notice tone="bad" title={title}>
        {/* The messages of the fields stand at the fields, or below. */}
        {fields.length === 0 && detail && detail !== `${title}.` && <p>{detail}</p>}
        {fields.length > elsewhere.length && <p>What is wrong stands at the fields.</p>}
        {elsewhere.map(([path, message]) => (
          <p key={path}>
            {path && <code className="mr-1.5 font-mono text-xs">{path}</code>}
            {message}
          </p>
        ))}
        <p className="mt-1 flex flex-wrap gap-x-4 font-mono text-xs text-ink-faint">
          {code && <span>{code}</span>}
          {requestId && <span>Request {requestId}</span>}
        </p>
      </Notice>
      {said && (
        <div className="rounded-lg border border-line bg-sunken px-3 py-2.5">
          <p className="text-xs text-ink-faint">{`${provider} said, with status ${said.status}`}</p>
          {said.code && <p className="font-mono text-xs break-words">{said.code}</p>}
          {said.message && <p className="break-words">{said.message}</p>}
          {!said.code && !said.message && <p>Nothing further.</p>}
        </div>
      )}
    </div>
  )
}
