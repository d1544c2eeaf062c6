import type { ConnectMessage } from '@koble/contract/connections'
import { useCallback, useEffect, useRef, useState } from 'react'

/** How far a connect flow has come. */
export type ConnectState =
  | { step: 'idle' }
  /** The popup is open. `closed` when it went away without a word; it may still have succeeded. */
  | { step: 'waiting'; url: string; startedAt: number; closed: boolean }
  /** The browser did not let the popup open. */
  | { step: 'blocked'; url: string }
  | { step: 'connected'; connectionId: string | null }
  | { step: 'failed'; message: string }

/**
 * Runs the consent page of a provider in a popup. The answer comes as a message from our own origin. A provider that
 * isolates its pages (Cross-Origin-Opener-Policy) cuts the popup off from us: then it looks closed at once and no
 * message comes, so the caller should also look at the server (`settle` tells what it found there).
 */
export function useConnectPopup() {
  const [state, setState] = useState<ConnectState>({ step: 'idle' })
  const popup = useRef<Window | null>(null)
  const waiting = state.step === 'waiting'

  /** Must be called straight from a click, or the browser takes the popup for advertising. */
  const open = useCallback((url: string) => {
    const left = Math.max(0, window.screenX + (window.outerWidth - 600) / 2)
    const top = Math.max(0, window.screenY + (window.outerHeight - 720) / 2)
    popup.current?.close()
    popup.current = window.open(url, 'koble-connect', `popup,width=600,height=720,left=${left},top=${top}`)
    setState(popup.current ? { step: 'waiting', url, startedAt: Date.now(), closed: false } : { step: 'blocked', url })
  }, [])

  const settle = useCallback((outcome: ConnectState) => {
    popup.current?.close()
    popup.current = null
    setState(outcome)
  }, [])

  useEffect(() => {
    if (!waiting) return
    const onMessage = (event: MessageEvent) => {
      if (event.origin !== window.location.origin || !isConnectMessage(event.data)) return
      const { status, connectionId, message } = event.data
      if (status === 'connected') settle({ step: 'connected', connectionId })
      else settle({ step: 'failed', message: message ?? 'The account was not connected.' })
    }
    const watch = setInterval(() => {
      if (popup.current?.closed) setState((now) => (now.step === 'waiting' ? { ...now, closed: true } : now))
    }, 500)
    window.addEventListener('message', onMessage)
    return () => {
      window.removeEventListener('message', onMessage)
      clearInterval(watch)
    }
  }, [waiting, settle])

  useEffect(() => () => popup.current?.close(), [])

  return { state, open, settle, focus: () => popup.current?.focus() }
}

function isConnectMessage(data: unknown): data is ConnectMessage {
  return (
    typeof data === 'object' && data !== null && 'type' in data && data.type === 'koble:connect' && 'status' in data
  )
}
