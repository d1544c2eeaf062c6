import { useState } from 'react'
import { useKobleContext } from '../koble-provider.tsx'
import { Button } from './button.tsx'

/** Copies a text, also inside a frame that was not given the right to the clipboard. */
export function CopyButton({ text }: { text: string }) {
  const { t } = useKobleContext()
  const [isCopied, setCopied] = useState(false)
  return (
    <Button
      isSmall
      variant="quiet"
      onClick={async () => {
        await navigator.clipboard?.writeText(text).catch(() => copyBySelection(text))
        setCopied(true)
        setTimeout(() => setCopied(false), 2_000)
      }}
    >
      <span aria-live="polite">{t(isCopied ? 'copied' : 'copy')}</span>
    </Button>
  )
}

function copyBySelection(text: string): void {
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}
