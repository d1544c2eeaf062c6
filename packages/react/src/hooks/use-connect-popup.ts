import { useCallback, useEffect, useRef, useState } from 'react'
import { useKobleContext } from '../koble-provider.tsx'

/** How far the way through a provider's window has come. */
export type PopupState =
  | { step: 'idle' | 'blocked' | 'connected' }
  | { step: 'waiting'; isClosed: boolean }
  | { step: 'failed'; message: string | null }

/**
 * Runs a provider's consent page in a window. It tells by a message how it went; a provider that isolates its pages cuts
 * the window off from this one, so look at the session too, and say with `settle` what was found there.
 */
export function useConnectPopup() {
  const { baseUrl, token } = useKobleContext()
  const [state, setState] = useState<PopupState>({ step: 'idle' })
  const popup = useRef<Window | null>(null)
  const isWaiting = state.step === 'waiting'

  /** Must be called straight from a click, or the browser takes the window for advertising. */
  const open = useCallback(
    (provider: string, query: { integrationId: string; connectionId?: string }) => {
      const search = new URLSearchParams({ token, mode: 'popup', ...query })
      // The window tells only the origin that it may go back to.
      if (baseUrl !== '') search.set('returnTo', `${window.location.origin}/`)
      const url = `${baseUrl.replace(/\/+$/, '')}/api/connect/${encodeURIComponent(provider)}?${search}`
      popup.current?.close()
      popup.current = window.open(url, 'koble-connect', 'popup,width=600,height=720')
      setState(popup.current ? { step: 'waiting', isClosed: false } : { step: 'blocked' })
    },
    [baseUrl, token],
  )
  const settle = useCallback((outcome: PopupState) => {
    popup.current?.close()
    popup.current = null
    setState(outcome)
  }, [])

  useEffect(() => {
    if (!isWaiting) return
    const origin = new URL(baseUrl || '/', window.location.href).origin
    const onMessage = ({ origin: from, data }: MessageEvent) => {
      if (from !== origin || data?.type !== 'koble:connect') return
      settle(data.status === 'connected' ? { step: 'connected' } : { step: 'failed', message: data.message ?? null })
    }
    const watch = setInterval(() => {
      if (popup.current?.closed) setState((now) => (now.step === 'waiting' ? { ...now, isClosed: true } : now))
    }, 500)
    window.addEventListener('message', onMessage)
    return () => {
      window.removeEventListener('message', onMessage)
      clearInterval(watch)
    }
  }, [isWaiting, baseUrl, settle])

  useEffect(() => () => popup.current?.close(), [])
  return { state, open, settle }
}
