import type { AuthType } from '@koble/contract/integrations'

/** What the ways to sign in are called. */
export const authNames: Record<AuthType, string> = {
  oauth2: 'OAuth 2.0',
  api_key: 'API key',
  basic: 'User name and password',
  client_credentials: 'Client credentials',
  jwt_bearer: 'Service account',
  jwt: 'Signed token',
  device: 'Device code',
  two_step: 'Login',
  oauth1: 'OAuth 1.0a',
  mtls: 'Client certificate',
  aws_sigv4: 'AWS access key',
  custom: 'Several keys',
}

/** All of them, the usual ones first. */
export const authTypes = Object.keys(authNames) as AuthType[]

/** A word with a capital letter. */
export function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

/** A number with its noun: "1 connection", "3 connections". */
export function count(amount: number, noun: string): string {
  return `${amount.toLocaleString('en')} ${noun}${amount === 1 ? '' : 's'}`
}
