import { z } from 'zod'
import { templatePattern } from './fill-template.ts'

/** A name or an address, without scheme, port or anything else. */
export const host = z
  .string()
  .min(1)
  .max(253)
  .regex(
    /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?|[0-9A-Fa-f:.]+)$/,
    'A host name or an IP address, nothing else',
  )
  .describe('Name or address of the server')

export const port = z.number().int().min(1).max(65_535).describe('Port of the server')

/** On unless it is switched off, since credentials and messages would otherwise be readable on their way. */
export const tls = z.boolean().default(true).describe('Encrypt the connection with TLS and check the certificate')

export const certificateAuthority = z
  .string()
  .max(65_536)
  .regex(/-----BEGIN CERTIFICATE-----/, 'Certificates in PEM form')
  .optional()
  .describe('Certificates in PEM to check that of the server against, instead of those the system trusts')

/** A server of a cluster, `host` or `host:port`; an IPv6 address stands in brackets. */
export const serverAddress = z
  .string()
  .max(270)
  .regex(/^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::\d{1,5})?$/, 'A server as host or host:port')

export const template = (description: string) =>
  z.string().min(1).max(255).regex(templatePattern, 'Only {type}, {key} and {id} can stand in it').describe(description)

/** Splits a `serverAddress`. */
export function splitServerAddress(text: string, defaultPort: number): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text)
  return { host: match?.[1] ?? match?.[2] ?? text, port: match?.[3] === undefined ? defaultPort : Number(match[3]) }
}
