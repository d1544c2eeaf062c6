import type { ConnectSession, DeviceSignIn } from '@koble/contract/connections'
import type { Koble } from '@koble/sdk'
import { useMutation, useQuery } from '@tanstack/react-query'
import { ExternalLink, LoaderCircle } from 'lucide-react'
import { useEffect } from 'react'
import { Button, ButtonAnchor } from './button.tsx'
import { CopyButton } from './copy-button.tsx'
import { Actions } from './modal.tsx'
import { ErrorNotice, Notice } from './notice.tsx'
import { Skeleton } from './skeleton.tsx'

/** Connects an account by a code that is confirmed on any device; notices by itself when that is done. */
export function DeviceCode({
  session: koble,
  integrationId,
  name,
  onConnected,
  onCancel,
}: {
  /** Calls as the connect session. */
  session: Pick<Koble, 'connectSessions'>
  integrationId: string
  /** What the service is called. */
  name: string
  onConnected: (session: ConnectSession) => void
  onCancel: () => void
}) {
  const begin = useMutation({
    mutationFn: async () => {
      // What was connected before does not count, and connecting an account again changes only its time.
      const before = marksOf(await koble.connectSessions.current(), integrationId)
      return { before, device: await koble.connectSessions.startDevice({ integrationId }) }
    },
  })
  const device = begin.data?.device
  const watch = useQuery({
    queryKey: ['device-sign-in', device?.userCode],
    queryFn: ({ signal }) => koble.connectSessions.current({ signal }),
    enabled: device !== undefined,
    refetchInterval: ({ state }) => (outcomeOf(state.data, integrationId, begin.data) === 'waiting' ? 2000 : false),
    refetchIntervalInBackground: true,
  })
  const outcome = outcomeOf(watch.data, integrationId, begin.data)

  // biome-ignore lint/correctness/useExhaustiveDependencies: to be begun once
  useEffect(() => begin.mutate(), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: to be told once, when it happens
  useEffect(() => {
    if (outcome === 'connected' && watch.data) onConnected(watch.data)
  }, [outcome])

  const again = (
    <Button size="sm" busy={begin.isPending} onClick={() => begin.mutate()}>
      Get a new code
    </Button>
  )
  return (
    <div className="space-y-4">
      {begin.isError && <ErrorNotice error={begin.error} action={again} />}
      {begin.isPending && <Skeleton rows={3} />}
      {device && outcome === 'failed' && (
        <Notice tone="bad" title="The account was not connected" action={again}>
          {watch.data?.errorMessage ?? 'The code was not confirmed in time.'}
        </Notice>
      )}
      {device && outcome === 'waiting' && <Code device={device} name={name} />}
      <Actions>
        <Button onClick={onCancel}>Cancel</Button>
      </Actions>
    </div>
  )
}

function Code({ device, name }: { device: DeviceSignIn; name: string }) {
  return (
    <>
      <p className="text-ink-soft">
        Open the page of {name} on this or any other device, and enter this code there. Then come back.
      </p>
      <div className="flex items-center justify-center gap-2 rounded-xl border border-line bg-sunken px-3 py-5">
        <output aria-label="Your code" className="font-mono text-3xl font-semibold tracking-widest select-all">
          {device.userCode}
        </output>
        <CopyButton text={device.userCode} label="Copy the code" />
      </div>
      <ButtonAnchor
        variant="primary"
        className="w-full"
        icon={ExternalLink}
        href={device.verificationUriComplete ?? device.verificationUri}
        target="_blank"
        rel="noopener noreferrer"
      >
        Open {new URL(device.verificationUri).host}
      </ButtonAnchor>
      <p role="status" className="flex items-center gap-2 text-ink-faint">
        <LoaderCircle size={14} aria-hidden className="animate-spin" />
        Waiting for you to confirm the code
      </p>
    </>
  )
}

function marksOf(session: ConnectSession, integrationId: string): string[] {
  const own = session.connections.filter((connection) => connection.integrationId === integrationId)
  return own.map((connection) => `${connection.id} ${connection.connectedAt}`)
}

function outcomeOf(
  session: ConnectSession | undefined,
  integrationId: string,
  begun: { before: readonly string[]; device: DeviceSignIn } | undefined,
): 'waiting' | 'connected' | 'failed' {
  if (session === undefined || begun === undefined) return 'waiting'
  if (marksOf(session, integrationId).some((mark) => !begun.before.includes(mark))) return 'connected'
  if (Date.parse(begun.device.expiresAt) < Date.now()) return 'failed'
  return session.status === 'failed' || session.status === 'expired' ? 'failed' : 'waiting'
}
