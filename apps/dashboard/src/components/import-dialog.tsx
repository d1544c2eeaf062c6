import type { ImportReport } from '@koble/contract/portability'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { koble } from '../koble.ts'
import { readImportFile } from '../read-import-file.ts'
import { count } from '../wording.ts'
import { BulkProgress } from './bulk-progress.tsx'
import { Button } from './button.tsx'
import { Field, SecretField, SelectField } from './field.tsx'
import { Actions, Modal } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'

type OnConflict = 'skip' | 'replace' | 'fail'
const conflicts: { value: OnConflict; label: string }[] = [
  { value: 'skip', label: 'Leave it as it is' },
  { value: 'replace', label: 'Replace its credentials' },
  { value: 'fail', label: 'Report it as a failure' },
]

/** Takes in a file of an export, of existing tokens, or of Nango's. */
export function ImportDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [report, setReport] = useState<ImportReport | null>(null)
  const close = () => {
    setReport(null)
    onClose()
  }
  return (
    <Modal open={open} onClose={close} title="Import connections" wide={report !== null}>
      {report && !report.dryRun ? (
        <Report report={report} onClose={close} />
      ) : (
        <ImportForm dryRun={report} onReport={setReport} onClose={close} />
      )}
    </Modal>
  )
}

function ImportForm({
  dryRun,
  onReport,
  onClose,
}: {
  /** What a dry run told before. */
  dryRun: ImportReport | null
  onReport: (report: ImportReport) => void
  onClose: () => void
}) {
  const queryClient = useQueryClient()
  const [file, setFile] = useState<File | null>(null)
  const [secret, setSecret] = useState('')
  const [mapping, setMapping] = useState('')
  const [onConflict, setOnConflict] = useState<OnConflict>('skip')
  const run = useMutation({
    mutationFn: async (only: 'dry run' | null) => {
      if (!file) throw new Error('Choose a file first.')
      const content = readImportFile(await file.text(), secret)
      const names = mapping.split('\n').map((line) => line.split('=').map((part) => part.trim()))
      const pairs = names.filter((pair) => pair.length === 2 && pair.every(Boolean))
      return await koble.connections.import({
        ...content,
        mapping: Object.fromEntries(pairs),
        onConflict,
        dryRun: only !== null,
      })
    },
    onSuccess: (report) => {
      onReport(report)
      for (const key of ['connections', 'integrations']) void queryClient.invalidateQueries({ queryKey: [key] })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!run.isPending) run.mutate(null)
  }
  return (
    <form onSubmit={submit} className="space-y-4">
      {run.isError && <ErrorNotice error={run.error} />}
      {dryRun && <Outcome report={dryRun} />}
      <Field label="File" help="A sealed export, or JSON: an array of connections with their tokens, or of Nango's.">
        {(control) => (
          <input
            {...control}
            type="file"
            required
            className="control h-auto py-1.5"
            onChange={(event) => setFile(event.target.files?.[0] ?? null)}
          />
        )}
      </Field>
      <SecretField
        label="Passphrase or private key"
        optional
        help="Of a sealed export."
        value={secret}
        onChange={(event) => setSecret(event.target.value)}
      />
      <SelectField
        label="When an account is connected already"
        value={onConflict}
        onChange={(value) => setOnConflict(value as OnConflict)}
        options={conflicts}
      />
      <Field
        label="Integrations"
        optional
        help="One on each line: the integration's id there (in Nango its unique key) = its id here."
      >
        {(control) => (
          <textarea
            {...control}
            className="control min-h-16 font-mono text-xs"
            placeholder="crm-prod = 0190a5d2-8e6f-7c3a-9d41-2f1b6c5d4e3f"
            spellCheck={false}
            value={mapping}
            onChange={(event) => setMapping(event.target.value)}
          />
        )}
      </Field>
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button busy={run.isPending && run.variables !== null} onClick={() => run.mutate('dry run')}>
          Try it first
        </Button>
        <Button type="submit" variant="primary" needs="admin" busy={run.isPending && run.variables === null}>
          Import
        </Button>
      </Actions>
    </form>
  )
}

function Report({ report, onClose }: { report: ImportReport; onClose: () => void }) {
  return (
    <div>
      <Outcome report={report} />
      <Actions>
        <Button variant="primary" onClick={onClose}>
          Close
        </Button>
      </Actions>
    </div>
  )
}

/** What became, or would become, of the items. */
function Outcome({ report }: { report: ImportReport }) {
  if (report.operation) return <BulkProgress id={report.operation.id} />
  const { total, created, replaced, skipped, failed, dryRun } = report
  const failures = report.results.filter(({ outcome }) => outcome === 'failed')
  const title = `${count(total, 'connection')}: ${created} new, ${replaced} replaced, ${skipped} left as they are, ${failed} failed`
  return (
    <Notice tone={failed > 0 ? 'warn' : 'ok'} title={dryRun ? `This would be the outcome of ${title}` : title}>
      {failures.length > 0 && (
        <ul className="mt-1 max-h-48 space-y-1 overflow-y-auto text-xs">
          {failures.map(({ index, externalUserId, message }) => (
            <li key={index}>
              <span className="font-medium">{externalUserId ?? `Item ${index + 1}`}</span> {message}
            </li>
          ))}
        </ul>
      )}
    </Notice>
  )
}
