import { Refusal } from './stand-in.ts'

/** A refusal as RFC 7807 writes it. */
export function problem(status: number, detail: string, more: Record<string, unknown> = {}): Refusal {
  return new Refusal({
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: `https://httpstatuses.io/${status}`, title: detail, status, detail, ...more },
  })
}
