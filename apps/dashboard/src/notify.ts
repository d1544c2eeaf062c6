import { useSyncExternalStore } from 'react'
import { errorText } from './error-text.ts'

/** The result of an action, to be told. */
export interface Message {
  title: string
  description?: string
  tone: 'success' | 'failure' | 'refusal'
}

const listeners = new Set<() => void>()
let waiting: readonly Message[] = []

/** Tells the result of an action, to eyes and to screen readers. */
export const notify = {
  success: (title: string, description?: string) => add({ title, description, tone: 'success' }),
  failure: (title: string, error: unknown) => {
    const { title: reason, detail } = errorText(error)
    add({ title, description: detail ?? reason, tone: 'failure' })
  },
  /** Why a button does nothing. */
  refusal: (reason: string) => add({ title: 'Not allowed', description: reason, tone: 'refusal' }),
}

/** The messages not shown yet. */
export function useMessages(): readonly Message[] {
  return useSyncExternalStore(subscribe, () => waiting)
}

/** Takes the messages that wait, to show them. */
export function takeMessages(): readonly Message[] {
  const taken = waiting
  if (taken.length > 0) setWaiting([])
  return taken
}

function add(message: Message): void {
  setWaiting([...waiting, message])
}

function setWaiting(messages: readonly Message[]): void {
  waiting = messages
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
