import { type RefObject, useEffect, useLayoutEffect, useState } from 'react'

// On a server there is no layout, and nothing to look at.
const useBeforePaint = typeof document === 'undefined' ? useEffect : useLayoutEffect

/**
 * Whether the page around an element is light or dark, by its `color-scheme`. CSS has `light-dark()` for this, which
 * bundlers that build for older browsers take apart in a way that fails on pages without a `color-scheme` of their own.
 */
export function useColorScheme(element: RefObject<HTMLElement | null>): 'light' | 'dark' {
  const [scheme, setScheme] = useState<'light' | 'dark'>('light')
  useBeforePaint(() => {
    const look = () => setScheme(schemeOf(element.current?.parentElement ?? document.documentElement))
    look()
    const system = window.matchMedia('(prefers-color-scheme: dark)')
    system.addEventListener('change', look)
    // Where products say by a class or an attribute what is to be.
    const observer = new MutationObserver(look)
    for (const place of [document.documentElement, document.body]) observer.observe(place, { attributes: true })
    return () => {
      system.removeEventListener('change', look)
      observer.disconnect()
    }
  }, [element])
  return scheme
}

function schemeOf(element: HTMLElement): 'light' | 'dark' {
  const { colorScheme } = window.getComputedStyle(element)
  if (!/\bdark\b/.test(colorScheme)) return 'light'
  if (!/\blight\b/.test(colorScheme)) return 'dark'
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}
