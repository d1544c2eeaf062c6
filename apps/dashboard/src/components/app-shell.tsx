import { Outlet, useLocation } from '@tanstack/react-router'
import { Menu as MenuIcon, Search } from 'lucide-react'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { KobleMark } from './koble-mark.tsx'
import { NotificationBell } from './notification-bell.tsx'
import { Sidebar } from './sidebar.tsx'

const CommandPalette = lazy(() =>
  import('./command-palette.tsx').then((module) => ({ default: module.CommandPalette })),
)

const Drawer = lazy(() => import('./drawer.tsx').then((module) => ({ default: module.Drawer })))

/** Everything around the pages of somebody signed in. */
export function AppShell() {
  const [paletteOpen, setPaletteOpen] = useState(false)
  const [drawerOpen, setDrawerOpen] = useState(false)
  const [drawerWanted, setDrawerWanted] = useState(false)
  const { pathname } = useLocation()
  const main = useRef<HTMLElement>(null)
  const shownPath = useRef(pathname)

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return
      event.preventDefault()
      setPaletteOpen((open) => !open)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])

  useEffect(() => {
    if (shownPath.current === pathname) return
    shownPath.current = pathname
    setDrawerOpen(false)
    // So that a screen reader begins with the new page, as it would after a load.
    main.current?.focus({ preventScroll: true })
  }, [pathname])

  return (
    <div className="lg:grid lg:grid-cols-[224px_minmax(0,1fr)]">
      {/* biome-ignore lint/a11y/useValidAnchor: it leads to a place on the page, which the router must not take for another page */}
      <a
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          main.current?.focus()
        }}
        className="sr-only z-50 rounded-md bg-accent px-3 py-2 font-medium text-on-accent focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
      >
        Skip to the content
      </a>
      <aside className="sticky top-0 hidden h-dvh border-r border-line bg-surface lg:block">
        <Sidebar onSearch={() => setPaletteOpen(true)} />
      </aside>
      <header className="sticky top-0 z-30 flex h-13 items-center gap-1 border-b border-line bg-surface px-2 lg:hidden">
        <button
          type="button"
          aria-label="Open the navigation"
          aria-expanded={drawerOpen}
          onClick={() => {
            setDrawerWanted(true)
            setDrawerOpen(true)
          }}
          className="rounded-md p-2.5 text-ink-soft hover:bg-hover"
        >
          <MenuIcon size={18} aria-hidden />
        </button>
        <span className="flex flex-1 items-center gap-2 font-semibold">
          <span className="text-accent-ink">
            <KobleMark />
          </span>
          Koble
        </span>
        <NotificationBell />
        <button
          type="button"
          aria-label="Search"
          onClick={() => setPaletteOpen(true)}
          className="rounded-md p-2.5 text-ink-soft hover:bg-hover"
        >
          <Search size={18} aria-hidden />
        </button>
      </header>
      <main
        ref={main}
        id="main"
        tabIndex={-1}
        className="mx-auto w-full max-w-6xl min-w-0 px-4 py-5 outline-none sm:px-6 lg:px-8 lg:py-7"
      >
        <Outlet />
      </main>
      {drawerWanted && (
        <Suspense>
          <Drawer open={drawerOpen} onClose={() => setDrawerOpen(false)} />
        </Suspense>
      )}
      {paletteOpen && (
        <Suspense>
          <CommandPalette onClose={() => setPaletteOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}
