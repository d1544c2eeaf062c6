import { createKoble, type Koble } from '@koble/sdk'
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react'
import { type Cache, createCache } from './cache.ts'
import { useColorScheme } from './hooks/use-color-scheme.ts'
import type { Texts } from './texts/en.ts'
import { createTranslate, type Translate } from './translate.ts'

export interface KobleProviderProps {
  /** Where Koble runs; without it, the origin of the page. */
  baseUrl?: string
  /** Of a portal session for webhooks, of a connect session for accounts. */
  token: string
  /** The language of dates and of the `lang` attribute; without it, that of the browser. */
  locale?: string
  /** Texts in another language or of your own; English where one is missing. */
  texts?: Partial<Texts>
  /** Without it, the page's `color-scheme` decides. */
  theme?: 'light' | 'dark'
  /** The token has run out: hand a fresh one in, and everything goes on. */
  onExpired?: () => void
  children?: ReactNode
}

export interface KobleContext {
  koble: Koble
  cache: Cache
  baseUrl: string
  token: string
  locale: string | undefined
  t: Translate
  isExpired: boolean
  /** Tells the reader what has been done, aloud too. */
  announce: (text: string) => void
}

const Context = createContext<KobleContext | null>(null)

/** Around all other components: says which Koble is meant, and on whose behalf. */
export function KobleProvider({ baseUrl = '', token, locale, texts, theme, onExpired, children }: KobleProviderProps) {
  const root = useRef<HTMLDivElement>(null)
  const surroundings = useColorScheme(root)
  const [expiredToken, setExpiredToken] = useState<string | null>(null)
  const [news, setNews] = useState({ text: '', count: 0 })
  const told = useRef(onExpired)
  told.current = onExpired
  const isExpired = expiredToken === token

  useEffect(() => {
    if (isExpired) told.current?.()
  }, [isExpired])

  useEffect(() => {
    if (news.text === '') return
    const timer = setTimeout(() => setNews(({ count }) => ({ text: '', count })), 5_000)
    return () => clearTimeout(timer)
  }, [news])

  const { koble, cache } = useMemo(() => {
    const watched: typeof fetch = async (...request) => {
      const response = await globalThis.fetch(...request)
      if (response.status === 401) setExpiredToken(token)
      return response
    }
    return { koble: createKoble({ baseUrl, apiKey: token, fetch: watched }), cache: createCache() }
  }, [baseUrl, token])
  const announce = useCallback((text: string) => setNews(({ count }) => ({ text, count: count + 1 })), [])
  const context = useMemo<KobleContext>(
    () => ({ koble, cache, baseUrl, token, locale, t: createTranslate(texts), isExpired, announce }),
    [koble, cache, baseUrl, token, locale, texts, isExpired, announce],
  )
  return (
    <Context.Provider value={context}>
      <div ref={root} className="koble" data-koble-theme={theme ?? surroundings} lang={locale}>
        {children}
        <div className="koble-news" role="status" aria-live="polite">
          {news.text !== '' && (
            <p key={news.count} className="koble-toast">
              {news.text}
            </p>
          )}
        </div>
      </div>
    </Context.Provider>
  )
}

/** What the provider above knows; throws without one. */
export function useKobleContext(): KobleContext {
  const context = useContext(Context)
  if (!context) throw new Error('Put <KobleProvider> around the components of @koble/react')
  return context
}

/** The client that the components use, for calls of your own. */
export function useKoble(): Koble {
  return useKobleContext().koble
}
