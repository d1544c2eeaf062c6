import type { Scope, ScopePreset } from '@koble/contract/integrations'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { Badge } from './badge.tsx'
import { Button } from './button.tsx'

/** Chooses the permissions to ask an account's owner for, from those the provider describes and any other by name. */
export function ScopePicker({
  scopes,
  presets,
  chosen,
  onChange,
}: {
  scopes: readonly Scope[]
  presets: readonly ScopePreset[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}) {
  const [other, setOther] = useState('')
  const known = new Set(scopes.map(({ name }) => name))
  const others = chosen.filter((name) => !known.has(name))
  const toggle = (name: string) =>
    onChange(chosen.includes(name) ? chosen.filter((scope) => scope !== name) : [...chosen, name])
  const addOther = () => {
    const names = other.split(/[\s,]+/).filter((name) => name && !chosen.includes(name))
    if (names.length > 0) onChange([...chosen, ...names])
    setOther('')
  }
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Permissions to ask for</legend>
      {presets.length > 0 && <Presets scopes={scopes} presets={presets} chosen={chosen} onChange={onChange} />}
      {scopes.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border border-line">
          {scopes.map((scope) => (
            <li key={scope.name}>
              <label className="flex cursor-pointer items-start gap-2.5 px-3 py-2 hover:bg-hover/60">
                <input
                  type="checkbox"
                  className="mt-0.5 size-4 accent-accent"
                  checked={chosen.includes(scope.name)}
                  onChange={() => toggle(scope.name)}
                />
                <span className="min-w-0 flex-1">
                  <span className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
                    {scope.description}
                    {scope.sensitive && <Badge tone="warn">Sensitive</Badge>}
                  </span>
                  <code className="block font-mono text-xs break-all text-ink-faint">{scope.name}</code>
                </span>
              </label>
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <ul className="mt-2 flex flex-wrap gap-1.5">
          {others.map((name) => (
            <li key={name} className="flex items-center rounded-md border border-line bg-sunken pl-2 font-mono text-xs">
              {name}
              <button
                type="button"
                aria-label={`Remove ${name}`}
                className="p-1.5 text-ink-faint hover:text-ink"
                onClick={() => toggle(name)}
              >
                <X size={12} aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="mt-2 flex gap-2">
        <input
          className="control font-mono"
          aria-label="Another permission by its name"
          placeholder="Another scope, by its name"
          value={other}
          onChange={(event) => setOther(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            addOther()
          }}
        />
        <Button icon={Plus} onClick={addOther} disabled={other.trim() === ''}>
          Add
        </Button>
      </div>
    </fieldset>
  )
}

/** Usual choices by one click; each says what it is for, and whether it holds anything sensitive. */
function Presets({
  scopes,
  presets,
  chosen,
  onChange,
}: {
  scopes: readonly Scope[]
  presets: readonly ScopePreset[]
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}) {
  const isChosen = (preset: ScopePreset) =>
    preset.scopes.length === chosen.length && preset.scopes.every((name) => chosen.includes(name))
  const isSensitive = (preset: ScopePreset) =>
    scopes.some((scope) => scope.sensitive && preset.scopes.includes(scope.name))
  return (
    <ul className="mb-2 flex flex-wrap gap-1.5" aria-label="Usual choices">
      {presets.map((preset) => (
        <li key={preset.id}>
          <button
            type="button"
            aria-pressed={isChosen(preset)}
            title={`${preset.description}${isSensitive(preset) ? ' (sensitive)' : ''}`}
            onClick={() => onChange([...preset.scopes])}
            className="flex items-center gap-1.5 rounded-md border border-line px-2 py-1 text-xs text-ink-soft hover:bg-hover hover:text-ink aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent-ink"
          >
            {preset.label}
            {isSensitive(preset) && <span className="size-1.5 rounded-full bg-warn" aria-hidden />}
            {isSensitive(preset) && <span className="sr-only">, sensitive</span>}
          </button>
        </li>
      ))}
    </ul>
  )
}

/** Permissions in words, the sensitive ones marked; a scope without a description by its name. */
export function PermissionList({ scopes, names }: { scopes: readonly Scope[]; names: readonly string[] }) {
  return (
    <ul className="divide-y divide-line rounded-lg border border-line">
      {names.map((name) => {
        const scope = scopes.find((candidate) => candidate.name === name)
        return (
          <li key={name} className="flex items-center justify-between gap-3 px-3 py-2">
            <span className="min-w-0">
              {scope?.description ?? <code className="font-mono text-xs break-all">{name}</code>}
              {scope && <code className="block font-mono text-xs break-all text-ink-faint">{name}</code>}
            </span>
            {scope?.sensitive && <Badge tone="warn">Sensitive</Badge>}
          </li>
        )
      })}
    </ul>
  )
}
