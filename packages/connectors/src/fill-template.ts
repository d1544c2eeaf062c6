import type { OutboundMessage } from './sender.ts'

/** What `fillTemplate` takes. */
export const templatePattern = /^(?:[^{}]|\{(?:type|key|id)\})*$/

/** Puts a message's `{type}`, `{key}` (empty where it has none) and `{id}` into a routing key or subject. */
export function fillTemplate(template: string, message: Pick<OutboundMessage, 'type' | 'key' | 'id'>): string {
  return template.replace(/\{(type|key|id)\}/g, (_, name: 'type' | 'key' | 'id') => message[name] ?? '')
}
