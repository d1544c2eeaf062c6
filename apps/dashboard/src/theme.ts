import { useSyncExternalStore } from 'react'

/** What the reader chose; `system` follows the machine. */
export type ThemeChoice = 'light' | 'dark' | 'system'

const storageKey = 'koble-theme'
const listeners = new Set<() => void>()
const system = window.matchMedia('(prefers-color-scheme: dark)')
let choice = readChoice()

system.addEventListener('change', apply)

/** The chosen theme, and how to choose another; `public/theme.js` applies it before the first paint. */
export function useTheme(): [ThemeChoice, (next: ThemeChoice) => void] {
  return [useSyncExternalStore(subscribe, () => choice), chooseTheme]
}

function chooseTheme(next: ThemeChoice): void {
  choice = next
  try {
    if (next === 'system') localStorage.removeItem(storageKey)
    else localStorage.setItem(storageKey, next)
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
  apply()
  for (const listener of listeners) listener()
}

function apply(): void {
  const dark = choice === 'dark' || (choice === 'system' && system.matches)
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
}

function readChoice(): ThemeChoice {
  try {
    const saved = localStorage.getItem(storageKey)
    return saved === 'light' || saved === 'dark' ? saved : 'system'
  } catch {
    return 'system'
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
