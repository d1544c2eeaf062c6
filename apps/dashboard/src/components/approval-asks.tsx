import type { Approval } from '@koble/contract/governance'
import { Badge } from './badge.tsx'
import { Card } from './card.tsx'

/** The permissions that a request asks for, in words; what is new is marked. */
export function AskedScopes({ approval: { asks, kind } }: { approval: Approval }) {
  return (
    <Card title="Permissions" description="What accounts' owners will be asked for" flush>
      {asks.scopes.length === 0 ? (
        <p className="p-4 text-ink-faint">None.</p>
      ) : (
        <ul className="divide-y divide-line">
          {asks.scopes.map((scope) => (
            <li key={scope.name} className="flex items-center justify-between gap-3 px-4 py-2">
              <span className="min-w-0">
                {scope.description ?? 'Not described by the provider'}
                <code className="block font-mono text-xs break-all text-ink-faint">{scope.name}</code>
              </span>
              <span className="flex shrink-0 gap-1.5">
                {kind === 'change' && scope.added && <Badge tone="accent">New</Badge>}
                {scope.sensitive && <Badge tone="warn">Sensitive</Badge>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

/** The hosts that will be called. */
export function AskedHosts({ approval: { asks, kind } }: { approval: Approval }) {
  return (
    <Card title="Hosts that are called" flush>
      <ul className="divide-y divide-line">
        {asks.hosts.map(({ host, added }) => (
          <li key={host} className="flex items-center justify-between gap-3 px-4 py-2">
            <code className="font-mono text-xs break-all">{host}</code>
            {kind === 'change' && added && <Badge tone="accent">New</Badge>}
          </li>
        ))}
      </ul>
    </Card>
  )
}

const fieldNames: Record<string, string> = {
  name: 'Name',
  authMethod: 'Sign-in',
  clientId: 'Client ID',
  scopes: 'Permissions',
  addresses: 'Addresses',
  endpoints: 'Other addresses',
  config: 'Settings',
  classification: 'Classification',
  processing: 'Personal data',
  ipAllowList: "Callers' networks",
}

/** Each setting as it is and as it would be. */
export function AskedChanges({ approval: { asks, kind } }: { approval: Approval }) {
  const isNew = kind === 'new'
  return (
    <Card title={isNew ? 'Settings' : 'What changes'} flush>
      <ul className="divide-y divide-line">
        {asks.changes.map((change) => (
          <li key={change.field} className="px-4 py-2.5">
            <p className="flex flex-wrap items-center gap-2 font-medium">
              {fieldNames[change.field] ?? change.field}
              {!isNew && change.widens && <Badge tone="warn">Widens</Badge>}
            </p>
            {change.secret ? (
              <p className="text-ink-faint">{isNew ? 'Entered; not shown.' : 'Replaced; not shown.'}</p>
            ) : (
              <div className="mt-0.5 font-mono text-xs break-words">
                <Difference isNew={isNew} from={change.from} to={change.to} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** Of lists the entries that go and come, of anything else the whole before and after. */
function Difference({ isNew, from, to }: { isNew: boolean; from: unknown; to: unknown }) {
  if (isNew) return linesOf(to).map((line) => <Line key={line} text={line} />)
  const before = linesOf(from)
  const after = linesOf(to)
  const gone = before.filter((line) => !after.includes(line))
  const come = after.filter((line) => !before.includes(line))
  return (
    <>
      {gone.map((line) => (
        <Line key={line} mark="−" text={line} />
      ))}
      {come.map((line) => (
        <Line key={line} mark="+" text={line} />
      ))}
      {gone.length + come.length === 0 && <p className="text-ink-faint">Another order</p>}
    </>
  )
}

const marks = { '−': { tone: 'text-bad', said: 'Before: ' }, '+': { tone: 'text-ok', said: 'After: ' } }

function Line({ mark, text }: { mark?: keyof typeof marks; text: string }) {
  return (
    <p className={`whitespace-pre-wrap ${mark ? marks[mark].tone : 'text-ink-soft'}`}>
      {mark && <span aria-hidden>{mark} </span>}
      {mark && <span className="sr-only">{marks[mark].said}</span>}
      {text}
    </p>
  )
}

function linesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.length > 0 ? value.map(String) : ['none']
  if (value === null || value === undefined) return ['none']
  return [typeof value === 'string' ? value : JSON.stringify(value)]
}
