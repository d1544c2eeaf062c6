import { createHash } from 'node:crypto'
import { parseKroner, validateKroner } from '@koble/core/formats'
import { z } from 'zod'
import type { OperationContext } from './define-operation.ts'

/** The most that Vipps moves at once is far below; this only keeps numbers exact. */
const minorUnitsMax = 100_000_000_000

const kroner = (least: 0 | 1) =>
  z
    .string()
    .max(30)
    .refine((text) => /\d[.,]\d{2}$/.test(text.trim()) && validateKroner(text).valid && parseKroner(text) >= least, {
      message: 'An amount as text is in kroner, with two decimals: 499.00',
    })

const money = (least: 0 | 1) =>
  z
    .union([z.int().min(least).max(minorUnitsMax), kroner(least)])
    .describe("In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00'")

/**
 * An amount of money: a whole number of øre, or kroner as a decimal text. The text needs its decimals, so that nobody
 * who gives øre as a text pays a hundred times as much.
 */
export const amount = money(1)

/** The same, or nothing: what a delivery costs. */
export const amountOrNothing = money(0)

/** Its øre. */
export function oreOf(given: number | string): number {
  return typeof given === 'number' ? given : parseKroner(given)
}

/** ISO 4217, as far as Vipps MobilePay goes. */
export const currency = z.enum(['NOK', 'DKK', 'EUR'])

/** A phone number as people write it, in the form that Vipps takes: `4791234567`. Eight digits are Norwegian. */
export const phoneNumber = z
  .string()
  .max(30)
  .refine((text) => /^\d{9,15}$/.test(msisdnOf(text)), {
    message: 'A phone number with its country, as in +4791234567',
  })
  .describe('With its country, as in +4791234567; eight digits are Norwegian')

/** The digits of a `phoneNumber` with its country's, without a plus. That somebody has it is not checked: test users of
 * Vipps have numbers that nobody can have. */
export function msisdnOf(text: string): string {
  const digits = text.replaceAll(/[\s().-]/g, '').replace(/^(?:\+|00)/, '')
  return /^\d{8}$/.test(digits) ? `47${digits}` : digits
}

/**
 * The header that makes a repetition harmless. Vipps takes at most 40 characters (50 for payments) and none that mean
 * something in an address; any other key is hashed.
 */
export function idempotencyHeader({ idempotencyKey }: Pick<OperationContext, 'idempotencyKey'>): {
  'idempotency-key': string
} {
  const isFit = /^[\w.:=+-]{1,40}$/.test(idempotencyKey)
  return { 'idempotency-key': isFit ? idempotencyKey : digestOf(idempotencyKey).slice(0, 40) }
}

/** The SHA-256 of a text in hex: for ids that are the same for a repetition of the same wish. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
