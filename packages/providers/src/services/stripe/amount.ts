import { formatKroner, parseKroner, validateKroner } from '@koble/core/formats'
import { z } from 'zod'

/** The two ways of saying an amount, of which one is given. */
export const amountFields = {
  amount: z
    .int()
    .min(1)
    .max(99_999_999)
    .optional()
    .describe("In the currency's smallest unit (øre); either this or kroner"),
  kroner: z
    .string()
    .max(20)
    .refine((text) => validateKroner(text).valid, 'An amount in kroner, such as 199,50')
    .optional()
    .describe('As decimal text, such as 199,50; only with the currency nok'),
}

/** What `amountFields` of an input say. */
export interface Amount {
  amount?: number | undefined
  kroner?: string | undefined
}

/** Whether exactly one of them is there, as most calls need it. */
export function hasOneAmount({ amount, kroner }: Amount): boolean {
  return (amount === undefined) !== (kroner === undefined)
}

/** In the smallest unit; undefined where nothing was given. */
export function amountOf({ amount, kroner }: Amount): number | undefined {
  return kroner === undefined ? amount : parseKroner(kroner)
}

/** Decimal text of an amount in øre; null in another currency. */
export function kronerOf(amount: number, currency: string): string | null {
  return currency === 'nok' ? formatKroner(amount) : null
}
