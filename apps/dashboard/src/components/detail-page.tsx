import type { UseQueryResult } from '@tanstack/react-query'
import type { ComponentProps, ReactNode } from 'react'
import { PageHeader } from './page-header.tsx'
import { RetryNotice } from './retry-notice.tsx'
import { Skeleton } from './skeleton.tsx'

/**
 * A page about one thing: until that is read a skeleton, and where it cannot be read why, with another try. What was
 * read once stays when reading it again fails.
 */
export function DetailPage<Data>({
  query,
  title,
  back,
  children,
}: Pick<ComponentProps<typeof PageHeader>, 'title' | 'back'> & {
  query: UseQueryResult<Data>
  children(data: Data): ReactNode
}) {
  if (query.data !== undefined) return children(query.data)
  if (query.isPending) return <Skeleton rows={8} />
  return (
    <>
      <PageHeader title={title} back={back} />
      <RetryNotice query={query} />
    </>
  )
}
