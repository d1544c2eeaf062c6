import type { ConnectionDetail } from '@koble/contract/connections'
import type { Operation } from '@koble/contract/operations'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, ExternalLink, Play, WandSparkles } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { pathErrors } from '../error-text.ts'
import { type Draft, draftFor, parseJson, readDraft } from '../json-draft.ts'
import { readForm } from '../json-form.ts'
import { koble } from '../koble.ts'
import { Button } from './button.tsx'
import { CodeField } from './code-field.tsx'
import { FieldErrors } from './field-errors.tsx'
import { JsonFields } from './json-field.tsx'
import { Notice } from './notice.tsx'
import { OperationCode } from './operation-code-panel.tsx'
import { OperationOutcome } from './operation-outcome.tsx'
import { EffectBadge } from './operation-picker.tsx'
import { Segments } from './segments.tsx'

/** What is filled in for an operation, in the form or as JSON. */
export interface Filled {
  as: 'form' | 'json'
  draft: Draft
  json: string
}

const prefix = 'input.'
const pretty = (value: unknown) => JSON.stringify(value ?? {}, null, 2)

/** One operation: the form that its schema makes, what came of it, and the code that does the same. */
export function OperationForm({
  connection,
  operation,
  takesFocus,
  initial = { as: 'form', draft: {}, json: '{}' },
  onFilled,
  onLeave,
}: {
  connection: ConnectionDetail
  operation: Operation
  takesFocus: boolean
  initial?: Filled
  onFilled: (filled: Filled) => void
  onLeave: () => void
}) {
  const queryClient = useQueryClient()
  const form = useMemo(() => readForm(operation.input), [operation.input])
  const [filled, setFilled] = useState(initial)
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [unshown, setUnshown] = useState(false)
  const element = useRef<HTMLFormElement>(null)
  const { as, draft, json } = filled
  const change = (part: Partial<Filled>) => {
    setFilled({ ...filled, ...part })
    onFilled({ ...filled, ...part })
    setUnshown(false)
  }
  const readForRun = () => {
    if (as === 'form') return readDraft(form, draft)
    const { value, error } = parseJson(json.trim() || '{}')
    return { value, errors: error === null ? {} : { json: error } }
  }
  const input = readForRun().value

  const run = useMutation({
    mutationFn: async (given: unknown) => {
      const startedAt = performance.now()
      try {
        const result = await koble
          .operations(connection.id)
          .run(operation.name, { input: given as Record<string, unknown> })
        return { result, durationMs: result.duration }
      } catch (error) {
        return { error, durationMs: performance.now() - startedAt }
      }
    },
    onSuccess({ error }) {
      void queryClient.invalidateQueries({ queryKey: ['connections', connection.id] })
      const found = Object.entries(pathErrors(error)).filter(([path]) => path.startsWith(prefix))
      point(Object.fromEntries(found.map(([path, message]) => [path.slice(prefix.length), message])))
    },
  })
  const [pointed, setPointed] = useState(0)
  const point = (wrong: Record<string, string>) => {
    setErrors(wrong)
    if (Object.keys(wrong).length > 0) setPointed((times) => times + 1)
  }
  useEffect(() => {
    if (pointed > 0) element.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [pointed])

  useEffect(() => {
    const fields = '[data-fields] :is(input, select, textarea), [type=submit]'
    if (takesFocus) element.current?.querySelector<HTMLElement>(fields)?.focus()
  }, [takesFocus])

  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (run.isPending) return
    const { value, errors: wrong } = readForRun()
    if (Object.keys(wrong).length > 0) return point(wrong)
    setErrors({})
    run.mutate(value)
  }
  const runByKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    element.current?.requestSubmit()
  }
  const switchTo = (next: Filled['as']) => {
    if (next === as) return
    setErrors({})
    if (next === 'json') return change({ as: next, json: pretty(input) })
    const { value, error } = parseJson(json.trim() || '{}')
    if (error !== null) return point({ json: error })
    const shown = pretty(value) === pretty(readDraft(form, draft).value) ? draft : draftFor(form, value)
    if (shown) change({ as: next, draft: shown })
    else setUnshown(true)
  }
  const fillExample = () => {
    setErrors({})
    const example = draftFor(form, operation.example)
    change({ json: pretty(operation.example), ...(example && { draft: example }), ...(!example && { as: 'json' }) })
  }

  return (
    <div className="space-y-4">
      <div className="space-y-1.5">
        <Button variant="ghost" size="sm" icon={ArrowLeft} className="-ml-2" onClick={onLeave}>
          All operations
        </Button>
        <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
          <h3 className="text-base font-semibold">{operation.title}</h3>
          <code className="font-mono text-xs break-all text-ink-faint">{operation.name}</code>
          <EffectBadge effect={operation.effect} />
          <a
            href={operation.docsUrl}
            target="_blank"
            rel="noopener noreferrer"
            className="inline-flex items-center gap-1 rounded text-accent-ink underline underline-offset-2"
          >
            {connection.providerName}’s documentation
            <ExternalLink size={13} aria-hidden />
          </a>
        </div>
        <p className="max-w-prose text-ink-soft">{operation.description}</p>
      </div>
      {operation.missingScopes.length > 0 && (
        <Notice tone="warn" title="The account has not granted what this needs">
          Missing: <code className="font-mono text-xs">{operation.missingScopes.join(', ')}</code>. Ask for it under
          “Permissions”.
        </Notice>
      )}
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <form ref={element} onSubmit={submit} onKeyDown={runByKey} noValidate className="@container min-w-0 space-y-4">
          <div className="flex flex-wrap items-center justify-between gap-2">
            <Segments
              label="Fill in as"
              options={[
                { value: 'form', label: 'Form' },
                { value: 'json', label: 'JSON' },
              ]}
              value={as}
              onChange={switchTo}
            />
            <Button size="sm" variant="ghost" icon={WandSparkles} onClick={fillExample}>
              Fill in the example
            </Button>
          </div>
          {unshown && <Notice tone="warn">The form cannot show all of this JSON. It is sent as it stands here.</Notice>}
          <div data-fields>
            {as === 'json' ? (
              <CodeField
                label="Input as JSON"
                rows={8}
                value={json}
                error={errors['json']}
                onChange={(text) => {
                  setErrors({})
                  change({ json: text })
                }}
              />
            ) : (
              <FieldErrors value={{ errors, forget: (path) => setErrors((all) => without(all, path)) }}>
                <JsonFields node={form} draft={draft} path="" onChange={(next) => change({ draft: next })} />
              </FieldErrors>
            )}
          </div>
          <div className="flex flex-wrap items-center gap-3 border-t border-line pt-3">
            <Button type="submit" variant="primary" icon={Play} needs="developer" busy={run.isPending}>
              Run
            </Button>
            <span className="text-xs text-ink-faint max-sm:hidden pointer-coarse:hidden">
              Ctrl or ⌘ with Enter runs it, too.
            </span>
          </div>
        </form>
        <div className="min-w-0 space-y-4 lg:sticky lg:top-4">
          <OperationOutcome
            outcome={run.data}
            busy={run.isPending}
            provider={connection.providerName}
            form={as === 'form' ? form : null}
          />
          <OperationCode
            call={{
              baseUrl: window.location.origin,
              connectionId: connection.id,
              provider: connection.provider,
              operation: operation.name,
              input,
            }}
          />
        </div>
      </div>
    </div>
  )
}

/** What is changed now was wrong before; the rest still is. */
function without(errors: Record<string, string>, path: string): Record<string, string> {
  return Object.fromEntries(Object.entries(errors).filter(([at]) => at !== path && !at.startsWith(`${path}.`)))
}
