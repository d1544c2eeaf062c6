import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import { Button, ButtonLink } from './button.tsx'
import { ErrorNotice } from './notice.tsx'
import { Skeleton } from './skeleton.tsx'

/** Stands for a page that could not be shown. */
export function PageError({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  const again = () => {
    reset()
    void router.invalidate()
  }
  return (
    <div className="mx-auto max-w-xl p-6">
      <ErrorNotice error={error} action={<Button onClick={again}>Try again</Button>} />
    </div>
  )
}

/** Stands for an address that is none. */
export function NotFound() {
  return (
    <main className="mx-auto max-w-md px-4 py-24 text-center">
      <title>Not found · Koble</title>
      <h1 className="text-xl font-semibold tracking-tight">There is nothing here</h1>
      <p className="mt-1 mb-5 text-ink-soft">The address is wrong, or what stood here was removed.</p>
      <ButtonLink to="/" variant="primary">
        Go to the overview
      </ButtonLink>
    </main>
  )
}

/** Stands for a page while its code is on the way. */
export function PagePending() {
  return <Skeleton rows={6} />
}
