import { Autocomplete } from '@base-ui/react/autocomplete'
import type { Operation } from '@koble/contract/operations'
import { Search } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Badge } from './badge.tsx'

interface Item {
  /** What is searched, and unique. */
  value: string
  label: string
  operation: Operation
}

/** Every operation with what it does, narrowed by a few letters; arrow keys and Enter choose. */
export function OperationPicker({
  operations,
  takesFocus,
  onChoose,
}: {
  operations: readonly Operation[]
  takesFocus: boolean
  onChoose: (name: string) => void
}) {
  const items: Item[] = operations.map((operation) => {
    const text = `${operation.title} ${operation.name} ${operation.description}`
    return { value: text, label: text, operation }
  })
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (takesFocus) input.current?.focus()
  }, [takesFocus])
  return (
    <div className="overflow-hidden rounded-lg border border-line">
      <Autocomplete.Root open inline items={items} autoHighlight="always" keepHighlight>
        <div className="flex items-center gap-2.5 border-b border-line px-3 focus-within:outline-2 focus-within:-outline-offset-2 focus-within:outline-accent">
          <Search size={15} aria-hidden className="text-ink-faint" />
          <Autocomplete.Input
            ref={input}
            aria-label="Search the operations"
            placeholder={`Search ${operations.length} operations`}
            spellCheck={false}
            className="h-10 w-full bg-transparent outline-none pointer-coarse:text-base"
          />
        </div>
        <Autocomplete.Empty className="not-empty:px-4 not-empty:py-8 not-empty:text-center not-empty:text-ink-soft">
          No operation does that. Another word, perhaps?
        </Autocomplete.Empty>
        <Autocomplete.List
          aria-label="Operations"
          className="max-h-96 overflow-y-auto overscroll-contain p-1.5 empty:hidden"
        >
          {(item: Item) => (
            <Autocomplete.Item
              key={item.value}
              value={item}
              onClick={() => onChoose(item.operation.name)}
              className="flex cursor-pointer items-start gap-3 rounded-md px-2.5 py-2 outline-none select-none data-highlighted:bg-hover"
            >
              <span className="min-w-0 flex-1">
                <span className="flex flex-wrap items-baseline gap-x-2">
                  <span className="font-medium">{item.operation.title}</span>
                  <code className="font-mono text-xs break-all text-ink-faint">{item.operation.name}</code>
                </span>
                <span className="block text-ink-soft">{item.operation.description}</span>
              </span>
              <EffectBadge effect={item.operation.effect} />
            </Autocomplete.Item>
          )}
        </Autocomplete.List>
      </Autocomplete.Root>
    </div>
  )
}

/** Whether an operation changes anything at the provider. */
export function EffectBadge({ effect }: Pick<Operation, 'effect'>) {
  return effect === 'read' ? <Badge>Reads</Badge> : <Badge tone="warn">Writes</Badge>
}
