import type { Connection } from '@koble/contract/connections'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus, Send, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { formatBytes, formatDuration } from '../format-time.ts'
import { koble } from '../koble.ts'
import { providerQuery } from '../queries.ts'
import { Badge } from './badge.tsx'
import { Button } from './button.tsx'
import { CodeBlock } from './code-block.tsx'
import { CopyButton } from './copy-button.tsx'
import { ErrorNotice } from './notice.tsx'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

interface Draft {
  method: string
  path: string
  headers: { id: number; name: string; value: string }[]
  body: string
}

/** Calls the provider's API as the connected account, through the gateway, and shows the answer. */
export function RequestConsole({
  connection,
  initial,
}: {
  connection: Connection
  /** A call to begin with, in place of the provider's first sample. */
  initial?: { method: string; path: string; body: string; contentType?: string }
}) {
  const queryClient = useQueryClient()
  const { data: provider } = useQuery(providerQuery(connection.provider))
  const samples = provider?.samples ?? []
  const [edited, setEdited] = useState<Draft | null>(() => (initial ? replayOf(initial) : null))
  const draft: Draft = edited ?? draftOf(samples[0])
  const change = (part: Partial<Draft>) => setEdited({ ...draft, ...part })
  const hasBody = draft.method !== 'GET' && draft.method !== 'DELETE'

  const call = useMutation({
    mutationFn: async () => {
      const startedAt = performance.now()
      const headers = new Headers(
        draft.headers.filter(({ name }) => name.trim()).map(({ name, value }) => [name.trim(), value]),
      )
      const body = hasBody && draft.body.trim() ? draft.body : undefined
      if (body && !headers.has('content-type')) headers.set('content-type', contentTypeOf(body))
      const response = await koble.proxy(connection.id, draft.path.trim(), { method: draft.method, headers, body })
      const text = await response.text()
      return {
        status: response.status,
        ok: response.ok,
        durationMs: performance.now() - startedAt,
        headers: [...response.headers],
        bytes: new Blob([text]).size,
        text,
      }
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['connections', connection.id] }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!call.isPending && draft.path.trim()) call.mutate()
  }

  return (
    <form onSubmit={submit} className="space-y-3">
      {samples.length > 0 && (
        <div className="flex flex-wrap gap-1.5" role="group" aria-label="Sample calls">
          {samples.map((sample) => (
            <Button key={`${sample.method} ${sample.path}`} size="sm" onClick={() => setEdited(draftOf(sample))}>
              {sample.title}
            </Button>
          ))}
        </div>
      )}
      <div className="flex flex-wrap gap-2">
        <select
          aria-label="Method"
          className="control w-auto font-mono text-xs"
          value={draft.method}
          onChange={(event) => change({ method: event.target.value })}
        >
          {methods.map((method) => (
            <option key={method}>{method}</option>
          ))}
        </select>
        <input
          id="console-path"
          aria-label="Path below the provider's API"
          className="control min-w-0 flex-1 basis-40 font-mono text-xs"
          placeholder="/path?query=…"
          spellCheck={false}
          autoCapitalize="off"
          value={draft.path}
          onChange={(event) => change({ path: event.target.value })}
        />
        <Button type="submit" variant="primary" icon={Send} needs="developer" busy={call.isPending}>
          Send
        </Button>
      </div>
      {draft.headers.map((header) => (
        <div key={header.id} className="flex gap-2">
          {(['name', 'value'] as const).map((part) => (
            <input
              key={part}
              aria-label={`Header ${part}`}
              placeholder={part === 'name' ? 'Header' : 'Value'}
              className="control min-w-0 font-mono text-xs"
              value={header[part]}
              onChange={(event) =>
                change({
                  headers: draft.headers.map((row) =>
                    row.id === header.id ? { ...row, [part]: event.target.value } : row,
                  ),
                })
              }
            />
          ))}
          <Button
            variant="ghost"
            icon={X}
            aria-label="Remove the header"
            onClick={() => change({ headers: draft.headers.filter((row) => row.id !== header.id) })}
          />
        </div>
      ))}
      {hasBody && (
        <textarea
          aria-label="Body"
          className="control min-h-28 font-mono text-xs"
          placeholder='{ "name": "value" }'
          spellCheck={false}
          value={draft.body}
          onChange={(event) => change({ body: event.target.value })}
        />
      )}
      <div className="flex flex-wrap gap-1">
        <Button
          variant="ghost"
          size="sm"
          icon={Plus}
          onClick={() => change({ headers: [...draft.headers, { id: Date.now(), name: '', value: '' }] })}
        >
          Header
        </Button>
        <CopyButton text={toCurl(connection.id, draft, hasBody)}>Copy as curl</CopyButton>
      </div>
      {call.isError && <ErrorNotice error={call.error} />}
      {call.data && <Answer {...call.data} />}
    </form>
  )
}

function Answer({
  status,
  ok,
  durationMs,
  headers,
  bytes,
  text,
}: {
  status: number
  ok: boolean
  durationMs: number
  headers: [string, string][]
  bytes: number
  text: string
}) {
  return (
    <div className="animate-appear space-y-2">
      <p role="status" className="flex items-center gap-3 text-ink-soft">
        <Badge tone={ok ? 'ok' : status < 400 ? 'info' : 'bad'}>{`Status ${status}`}</Badge>
        <span>{formatDuration(durationMs)}</span>
        <span>{formatBytes(bytes)}</span>
      </p>
      {text ? <CodeBlock text={text} label="Answer" tall /> : <p className="text-ink-faint">The answer has no body.</p>}
      <details>
        <summary className="w-fit rounded text-ink-soft hover:text-ink">{`${headers.length} response headers`}</summary>
        <div className="mt-2">
          <CodeBlock text={headers.map(([name, value]) => `${name}: ${value}`).join('\n')} label="Response headers" />
        </div>
      </details>
    </div>
  )
}

function draftOf(sample: { method: string; path: string; body?: string } | undefined): Draft {
  return { method: sample?.method ?? 'GET', path: sample?.path ?? '/', headers: [], body: sample?.body ?? '' }
}

function replayOf({
  contentType,
  ...call
}: {
  method: string
  path: string
  body: string
  contentType?: string
}): Draft {
  return { ...call, headers: contentType && call.body ? [{ id: 0, name: 'Content-Type', value: contentType }] : [] }
}

/** What a body without a stated type is: most services take JSON, some forms. */
function contentTypeOf(body: string): string {
  return /^[\w.[\]%+-]+=[^\n]*$/.test(body.trim()) ? 'application/x-www-form-urlencoded' : 'application/json'
}

function toCurl(connectionId: string, draft: Draft, hasBody: boolean): string {
  const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  const headers = draft.headers
    .filter(({ name }) => name.trim())
    .map(({ name, value }) => `-H ${quote(`${name}: ${value}`)}`)
  const body =
    hasBody && draft.body.trim() ? [`-H 'Content-Type: ${contentTypeOf(draft.body)}'`, `-d ${quote(draft.body)}`] : []
  return [
    `curl -X ${draft.method} ${quote(`${window.location.origin}/api/proxy/${draft.path.replace(/^\/+/, '')}`)}`,
    `-H "Authorization: Bearer $KOBLE_API_KEY"`,
    `-H ${quote(`Koble-Connection: ${connectionId}`)}`,
    ...headers,
    ...body,
  ].join(' \\\n  ')
}
