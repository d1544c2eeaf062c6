import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { notify } from '../notify.ts'
import { Button } from './button.tsx'

/** Copies a text; the mark turns into a tick when it is done. */
export function CopyButton({ text, label = 'Copy', children }: { text: string; label?: string; children?: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1600)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setCopied(true)
    } catch {
      // Browsers refuse the clipboard to pages without TLS, and to those one has forbidden it.
      notify.failure('Not copied', new Error('The browser does not let this page use the clipboard. Select the text.'))
    }
  }
  return (
    <Button
      variant="ghost"
      size="sm"
      icon={copied ? Check : Copy}
      aria-label={children ? undefined : label}
      onClick={copy}
    >
      {children && (copied ? 'Copied' : children)}
      {copied && !children && (
        <span role="status" className="sr-only">
          Copied
        </span>
      )}
    </Button>
  )
}

/** A value to be taken elsewhere: shown whole, selectable, with a button that copies it. */
export function Copyable({ value, label }: { value: string; label: string }) {
  return (
    <div className="flex items-center gap-1 rounded-md border border-line bg-sunken py-0.5 pr-0.5 pl-2.5">
      <code className="min-w-0 flex-1 py-1 font-mono text-xs break-all select-all">{value}</code>
      <CopyButton text={value} label={`Copy ${label}`} />
    </div>
  )
}
