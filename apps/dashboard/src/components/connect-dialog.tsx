import type { Connection } from '@koble/contract/connections'
import type { Integration } from '@koble/contract/integrations'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { connectWay } from '../auth-method.ts'
import { koble } from '../koble.ts'
import { providerQuery } from '../queries.ts'
import { ConnectDevice } from './connect-device.tsx'
import { ConnectKeyForm } from './connect-key-form.tsx'
import { ConnectOauth } from './connect-oauth.tsx'
import { Modal } from './modal.tsx'
import { Logo } from './provider-logo.tsx'
import { RetryNotice } from './retry-notice.tsx'
import { Skeleton } from './skeleton.tsx'

/** What a connection is made, or made again, with. */
export interface ConnectTarget {
  integration: Pick<Integration, 'id' | 'provider' | 'providerName' | 'name' | 'scopes' | 'authMethod' | 'sandbox'>
  /** The connection to renew; absent for a new one. */
  connection?: Pick<Connection, 'id' | 'externalUserId' | 'accountLabel'>
}

/** Gathers what reconnecting a connection needs. */
export async function targetOf(connection: Connection): Promise<ConnectTarget> {
  return { integration: await koble.integrations.get(connection.integrationId), connection }
}

/** Connects an account: explains what will be allowed, then goes to the provider, or takes a key. */
export function ConnectDialog({ target, onClose }: { target: ConnectTarget | null; onClose: () => void }) {
  return (
    <Modal
      open={target !== null}
      onClose={onClose}
      title={target ? `${target.connection ? 'Reconnect' : 'Connect'} ${target.integration.providerName}` : ''}
    >
      {target && <ConnectSteps key={target.integration.id} target={target} onClose={onClose} />}
    </Modal>
  )
}

const steps = { window: ConnectOauth, device: ConnectDevice, fields: ConnectKeyForm }

function ConnectSteps({ target, onClose }: { target: ConnectTarget; onClose: () => void }) {
  const queryClient = useQueryClient()
  const provider = useQuery(providerQuery(target.integration.provider))
  const onConnected = () => {
    for (const key of ['connections', 'integrations', 'activity'])
      void queryClient.invalidateQueries({ queryKey: [key] })
  }
  if (provider.isPending) return <Skeleton rows={4} />
  if (provider.isError) {
    return <RetryNotice query={provider} />
  }
  const Steps = steps[connectWay(target.integration.authMethod)]
  return (
    <>
      <div className="mb-4 flex items-center gap-3">
        <Logo svg={provider.data.logo} name={provider.data.name} size={40} />
        <div className="min-w-0">
          <p className="font-medium">{target.connection?.accountLabel ?? target.integration.name}</p>
          <p className="text-ink-faint">{provider.data.description}</p>
        </div>
      </div>
      <Steps target={target} provider={provider.data} onConnected={onConnected} onClose={onClose} />
    </>
  )
}
