import { parseKroner, validateKroner } from '@koble/core/formats'
import { z } from 'zod'

/** An amount as PayPal has it: decimal text of whole units. https://developer.paypal.com/api/rest/reference/currency-codes/ */
export interface PaypalMoney {
  currency_code: string
  value: string
}

const withoutDecimals: ReadonlySet<string> = new Set(['HUF', 'JPY', 'TWD'])

/** An amount as an input gives it; which currency it is in stands beside it. */
export const decimal = z
  .string()
  .max(20)
  .refine((text) => validateKroner(text).valid && !text.includes('-'), 'An amount, such as 199.50 or 199,50')
  .describe('Decimal text, such as 199.50 or 199,50')

/** Of all amounts of an input. */
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'Three capital letters (ISO 4217)')
  .default('NOK')

/** An amount as operations give it. */
export const money = z.object({ currency: z.string(), value: z.string().describe('Decimal text') })

/** Hundredths of the currency's unit, whatever it is called; counted without floating point. */
export function hundredthsOf(text: string): number {
  return parseKroner(text)
}

/** @param hundredths of the unit; where the currency has no parts, PayPal refuses what is not whole. */
export function toPaypal(hundredths: number, currency: string): PaypalMoney {
  const digits = String(hundredths).padStart(3, '0')
  const [units, rest] = [digits.slice(0, -2), digits.slice(-2)]
  const isWhole = withoutDecimals.has(currency) && rest === '00'
  return { currency_code: currency, value: isWhole ? units : `${units}.${rest}` }
}

/** An amount that PayPal sends, in the form that operations give. */
export function toMoney(from: PaypalMoney): z.infer<typeof money> {
  return { currency: from.currency_code, value: from.value }
}
