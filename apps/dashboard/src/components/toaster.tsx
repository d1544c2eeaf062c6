import { lazy, Suspense, useEffect, useState } from 'react'
import { useMessages } from '../notify.ts'

const Toasts = lazy(() => import('./toasts.tsx').then((module) => ({ default: module.Toasts })))

/** Shows messages; what draws them is fetched with the first one, which keeps the first load small. */
export function Toaster() {
  const hasMessages = useMessages().length > 0
  const [wanted, setWanted] = useState(false)
  useEffect(() => {
    if (hasMessages) setWanted(true)
  }, [hasMessages])
  return wanted ? (
    <Suspense>
      <Toasts />
    </Suspense>
  ) : null
}
