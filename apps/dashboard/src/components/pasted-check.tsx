import type { DeliveryCheck, Endpoint } from '@koble/contract/webhooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Check, ChevronRight, X } from 'lucide-react'
import { useState } from 'react'
import { koble } from '../koble.ts'
import { readDelivery } from '../read-delivery.ts'
import { useSettled } from '../use-settled.ts'
import { count } from '../wording.ts'
import { Card, Fact, Facts } from './card.tsx'
import { CodeBlock } from './code-block.tsx'
import { LinesField, SecretField, SelectField, TextField } from './field.tsx'
import { ErrorNotice, Notice } from './notice.tsx'

const checkAfterMs = 350
const empty = {
  headers: '',
  body: '',
  bodyEncoding: 'utf8',
  secret: '',
  url: '',
  receivedAt: '',
  remoteAddress: '',
}
type CheckInput = Parameters<typeof koble.endpoints.check>[0]

/** A delivery that is pasted, judged while one writes: what is wrong with it, and what would make it good. */
export function PastedCheck({ endpoint, tried }: { endpoint: Endpoint; tried: unknown }) {
  const [form, setForm] = useState(empty)
  const set = (part: Partial<typeof empty>) => setForm({ ...form, ...part })
  const pasted = readDelivery(form.headers)
  const input = {
    ...(tried === undefined ? { endpointId: endpoint.id } : { signature: tried, url: form.url || endpoint.url }),
    headers: pasted.headers,
    body: form.body === '' ? (pasted.body ?? '') : form.body,
    bodyEncoding: form.bodyEncoding,
    ...(pasted.method && { method: pasted.method }),
    ...(form.secret && { secret: form.secret }),
    ...(form.url && { url: form.url }),
    ...(form.receivedAt && { receivedAt: new Date(form.receivedAt).toISOString() }),
    ...(form.remoteAddress && { remoteAddress: form.remoteAddress }),
  }
  const isEmpty = form.headers.trim() === '' && form.body === ''
  const asked = useSettled(JSON.stringify(input), checkAfterMs)
  const check = useQuery({
    queryKey: ['delivery-check', asked],
    queryFn: ({ signal }) => koble.endpoints.check(JSON.parse(asked) as CheckInput, { signal }),
    enabled: !isEmpty,
    retry: false,
    gcTime: 0,
    placeholderData: keepPreviousData,
  })
  return (
    <Card
      title="Check a delivery"
      description="Paste one that is refused, and see why. It is judged while you write; nothing is stored."
    >
      <div className="space-y-4">
        {tried !== undefined && (
          <Notice title="Judged by the scheme in the editor">
            It is not saved yet, so the secret has to be entered.
          </Notice>
        )}
        <LinesField
          label="Headers"
          help={
            pasted.unread.length > 0 ? undefined : 'A line each, or a whole request with its body after an empty line.'
          }
          error={pasted.unread[0] ? `This is no header: ${pasted.unread[0]}` : null}
          placeholder={'content-type: application/json\nx-signature: 5257a869…'}
          spellCheck={false}
          value={form.headers}
          onChange={(event) => set({ headers: event.target.value })}
        />
        <LinesField
          label="Body"
          help="Byte for byte: a line break at the end counts. One with CRLF or binary data goes in as base64."
          spellCheck={false}
          value={form.body}
          placeholder={pasted.body ?? '{"id": "1", "type": "order.paid"}'}
          onChange={(event) => set({ body: event.target.value })}
        />
        <details className="group" open={tried !== undefined || undefined}>
          <summary className="flex w-fit items-center gap-1 rounded font-medium text-accent-ink">
            <ChevronRight size={14} aria-hidden className="transition-transform group-open:rotate-90" />
            Secret, URL, time and sender
          </summary>
          <div className="mt-3 grid gap-4 sm:grid-cols-2">
            <SecretField
              label="Secret"
              optional={tried === undefined}
              help={tried === undefined ? "Stands in for the endpoint's own." : undefined}
              value={form.secret}
              onChange={(event) => set({ secret: event.target.value })}
            />
            <TextField
              label="URL"
              optional
              help="As the sender called it; else the endpoint's own."
              value={form.url}
              onChange={(event) => set({ url: event.target.value })}
            />
            <TextField
              label="Arrived at"
              optional
              type="datetime-local"
              step="1"
              help="An old delivery is too late by now."
              value={form.receivedAt}
              onChange={(event) => set({ receivedAt: event.target.value })}
            />
            <TextField
              label="Address of the sender"
              optional
              placeholder="192.0.2.7"
              value={form.remoteAddress}
              onChange={(event) => set({ remoteAddress: event.target.value })}
            />
            <SelectField
              label="The body is written"
              value={form.bodyEncoding}
              onChange={(bodyEncoding) => set({ bodyEncoding })}
              options={[
                { value: 'utf8', label: 'As text' },
                { value: 'base64', label: 'As base64' },
              ]}
            />
          </div>
        </details>
        <div role="status" aria-label="Verdict" className="space-y-3">
          {isEmpty ? (
            <p className="text-ink-faint">The verdict appears here.</p>
          ) : check.isError ? (
            <ErrorNotice error={check.error} />
          ) : (
            check.data && <Verdict check={check.data} reads={tried === undefined} />
          )}
        </div>
      </div>
    </Card>
  )
}

function Verdict({ check, reads }: { check: DeliveryCheck; reads: boolean }) {
  return (
    <>
      <Notice
        tone={check.verified ? 'ok' : 'warn'}
        title={check.verified ? 'It would be taken' : `It is refused: ${(check.reason ?? '').replaceAll('_', ' ')}`}
      >
        {check.explanation}
      </Notice>
      {check.hints.length > 0 && (
        <div>
          <h3 className="mb-1 font-medium">What would make it good</h3>
          <ul className="list-disc space-y-1 pl-5 text-ink-soft">
            {check.hints.map((hint) => (
              <li key={hint}>{hint}</li>
            ))}
          </ul>
        </div>
      )}
      {check.expected.length > 0 && (
        <div>
          <h3 className="mb-1 font-medium">Where the scheme looks</h3>
          <ul className="space-y-1">
            {check.expected.map(({ place, present }) => (
              <li key={place} className="flex items-center gap-1.5">
                {present ? (
                  <Check size={14} aria-hidden className="text-ok" />
                ) : (
                  <X size={14} aria-hidden className="text-bad" />
                )}
                <code className="font-mono text-xs break-all">{place}</code>
                <span className="text-ink-faint">{present ? 'there' : 'absent'}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {reads && check.verified && (
        <Facts>
          <Fact name="Event type">{check.eventType ?? '—'}</Fact>
          <Fact name="Its id">{check.externalEventId ?? '—'}</Fact>
          <Fact name="Account">{check.account ?? '—'}</Fact>
          {check.orderingKey !== null && <Fact name="Ordering key">{check.orderingKey}</Fact>}
        </Facts>
      )}
      {check.signedContent !== null && (
        <div>
          <h3 className="mb-1 font-medium">{`What has to be signed: ${count(check.signedBytes ?? 0, 'byte')}`}</h3>
          <CodeBlock raw text={check.signedContent} label="What has to be signed" />
        </div>
      )}
    </>
  )
}
