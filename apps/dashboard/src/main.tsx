import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Toaster } from './components/toaster.tsx'
import { createAppQueryClient } from './query-client.ts'
import { createAppRouter } from './router.tsx'
import './styles.css'

const queryClient = createAppQueryClient(() => {
  const { pathname, href } = router.state.location
  if (pathname === '/sign-in' || pathname === '/join' || pathname === '/connect') return
  void router.navigate({ to: '/sign-in', search: { redirect: href } })
})
const router = createAppRouter(queryClient)

createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toaster />
    </QueryClientProvider>
  </StrictMode>,
)
