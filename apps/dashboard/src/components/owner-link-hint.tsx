import { Notice } from './notice.tsx'

/** Where the link is found by which the first owner signs up. */
export function OwnerLinkHint() {
  return (
    <Notice title="This Koble has no owner yet">
      <p>
        The first owner signs up by a one-time link. Koble printed it in the terminal when it started; it ends in{' '}
        <code className="font-mono text-xs">/join?token=…</code>
      </p>
      <p className="mt-2">The terminal is gone? Start Koble again: while there is no owner, it prints a fresh link.</p>
    </Notice>
  )
}
