import { useQuery } from '@tanstack/react-query'
import { connectionQuery } from '../queries.ts'
import { Button, ButtonLink } from './button.tsx'
import { Actions } from './modal.tsx'
import { Notice } from './notice.tsx'

/** The end of a connect flow: which account it is, and what to do with it. */
export function Connected({
  connectionId,
  providerName,
  onClose,
}: {
  connectionId: string | null
  providerName: string
  onClose: () => void
}) {
  const { data } = useQuery({ ...connectionQuery(connectionId ?? ''), enabled: connectionId !== null })
  return (
    <div role="status">
      <Notice tone="ok" title={`${providerName} is connected`}>
        {data?.accountLabel ? `The account is ${data.accountLabel}.` : 'The account can be used from now on.'}
      </Notice>
      <Actions>
        <Button onClick={onClose}>Done</Button>
        {connectionId && (
          <ButtonLink variant="primary" to="/connections/$id" params={{ id: connectionId }} onClick={onClose}>
            Make a call
          </ButtonLink>
        )}
      </Actions>
    </div>
  )
}
