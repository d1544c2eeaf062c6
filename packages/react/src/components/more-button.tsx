import type { List } from '../hooks/use-list.ts'
import { useKobleContext } from '../koble-provider.tsx'
import { Button } from './button.tsx'

/** Leads on to the rows behind those that are shown. */
export function MoreButton({ list }: { list: Pick<List<unknown>, 'hasMore' | 'isLoadingMore' | 'loadMore'> }) {
  const { t } = useKobleContext()
  if (!list.hasMore) return null
  return (
    <div className="koble-more">
      <Button isBusy={list.isLoadingMore} onClick={() => void list.loadMore()}>
        {t('loadMore')}
      </Button>
    </div>
  )
}
