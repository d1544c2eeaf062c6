import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { errorText } from '../error-text.ts'

const tones = {
  info: { icon: Info, box: 'border-line bg-sunken', mark: 'text-info' },
  ok: { icon: CircleCheck, box: 'border-ok/25 bg-ok-soft', mark: 'text-ok' },
  warn: { icon: TriangleAlert, box: 'border-warn/25 bg-warn-soft', mark: 'text-warn' },
  bad: { icon: CircleAlert, box: 'border-bad/25 bg-bad-soft', mark: 'text-bad' },
}

/** Something one should read before going on. */
export function Notice({
  tone = 'info',
  title,
  action,
  children,
}: {
  tone?: keyof typeof tones
  title?: ReactNode
  action?: ReactNode
  children?: ReactNode
}) {
  const { icon: Icon, box, mark } = tones[tone]
  return (
    <div
      className={`flex items-start gap-2.5 rounded-lg border px-3 py-2.5 ${box}`}
      role={tone === 'bad' ? 'alert' : undefined}
    >
      <Icon size={16} aria-hidden className={`mt-0.5 shrink-0 ${mark}`} />
      <div className="min-w-0 flex-1 break-words">
        {title && <p className="font-medium">{title}</p>}
        {children && <div className="text-ink-soft">{children}</div>}
      </div>
      {action && <div className="shrink-0 self-center">{action}</div>}
    </div>
  )
}

/** A failure beside the form or the data it concerns, with the id to quote. */
export function ErrorNotice({ error, action }: { error: unknown; action?: ReactNode }) {
  const { title, detail, requestId } = errorText(error)
  return (
    <Notice tone="bad" title={title} action={action}>
      {detail && <p>{detail}</p>}
      {requestId && <p className="mt-0.5 font-mono text-xs text-ink-faint">Request {requestId}</p>}
    </Notice>
  )
}
