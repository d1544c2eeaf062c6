import { Button } from './button.tsx'
import { ErrorNotice } from './notice.tsx'

/** Why something could not be read, with another try. */
export function RetryNotice({ query }: { query: { error: unknown; refetch(): unknown } }) {
  return <ErrorNotice error={query.error} action={<Button onClick={() => query.refetch()}>Try again</Button>} />
}
