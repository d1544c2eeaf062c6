import { memo, useMemo } from 'react'
import { type JsonToken, prettyJson, tokenizeJson } from '../json-tokens.ts'
import { CopyButton } from './copy-button.tsx'

const colours: Record<JsonToken['kind'], string> = {
  key: 'text-accent-ink',
  string: 'text-ok',
  number: 'text-info',
  word: 'text-warn',
  plain: '',
}
/** A longer text is shown without colours, and cut: thousands of elements make the page slow. */
const colouredCharacters = 30_000
const shownCharacters = 300_000

/** A text in a fixed-width face that can be copied; JSON is indented and coloured. */
export const CodeBlock = memo(function CodeBlock({
  text,
  label,
  tall,
  raw,
}: {
  text: string
  label: string
  tall?: boolean
  /** As it is, though it be JSON. */
  raw?: boolean
}) {
  const pretty = useMemo(() => (raw ? null : prettyJson(text)), [text, raw])
  const whole = pretty ?? text
  const shown = whole.slice(0, shownCharacters)
  const tokens = useMemo(
    () => (pretty !== null && shown.length <= colouredCharacters ? tokenizeJson(shown) : null),
    [pretty, shown],
  )
  return (
    <div className="relative rounded-lg border border-line bg-sunken">
      <div className="absolute top-1 right-1 rounded-md bg-sunken">
        <CopyButton text={whole} label={`Copy ${label}`} />
      </div>
      <pre
        // Scrolling by keyboard needs the focus.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        tabIndex={0}
        role="region"
        aria-label={label}
        className={`overflow-auto p-3 pr-10 font-mono text-xs leading-[18px] whitespace-pre-wrap break-words ${tall ? 'max-h-[60vh]' : 'max-h-80'}`}
      >
        {tokens
          ? tokens.map(({ kind, text: part }, index) =>
              colours[kind] ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other identity
                <span key={index} className={colours[kind]}>
                  {part}
                </span>
              ) : (
                part
              ),
            )
          : shown}
        {shown.length < whole.length && (
          <span className="text-ink-faint">{`\n… ${(whole.length - shown.length).toLocaleString('en')} more characters; copy to see all.`}</span>
        )}
      </pre>
    </div>
  )
})
