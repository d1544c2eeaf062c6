import { isIP } from 'node:net'
import { z } from 'zod'
import { parsePersonnummer } from './personnummer.ts'

const base64Length = (text: string) => Math.ceil(Buffer.byteLength(text) / 3) * 4
/** A text that BankID gets as base64 of UTF-8, of which the length is limited. */
const encodedText = (lengthMax: number) =>
  z
    .string()
    .min(1)
    .refine((text) => base64Length(text) <= lengthMax, `At most ${lengthMax} characters in base64`)
const shownText = (lengthMax: number) =>
  encodedText(lengthMax).refine((text) => !/[^\P{Cc}\r\n]/u.test(text), 'No control characters but line ends')

const personnummer = z
  .string()
  .max(20)
  .refine((text) => parsePersonnummer(text) !== null, 'Twelve digits of a personnummer or samordningsnummer')

const requirement = z.strictObject({
  personalNumber: personnummer.optional().describe('Nobody else can then use the order'),
  pinCode: z.boolean().optional().describe('The security code is asked for even where biometrics would do'),
  mrtd: z.boolean().optional().describe('The identity document has to be read, too'),
  cardReader: z.enum(['class1', 'class2']).optional(),
  certificatePolicies: z
    .array(z.string().regex(/^\d+(\.\d+)*(\.\*)?$/))
    .min(1)
    .max(10)
    .optional(),
  risk: z.enum(['low', 'moderate']).optional().describe('Above it the order is stopped'),
})

const order = {
  endUserIp: z
    .string()
    .refine((text) => isIP(text) !== 0, 'An IPv4 or IPv6 address')
    .describe("The address of the person's device, as your service sees it"),
  requirement: requirement.optional(),
  userVisibleDataFormat: z.enum(['plaintext', 'simpleMarkdownV1']).default('plaintext'),
  returnUrl: z.url().max(512).optional().describe('Where the app goes back to on the same device'),
  returnRisk: z.boolean().optional(),
  web: z
    .strictObject({
      referringDomain: z.string().min(1).max(255),
      userAgent: z.string().min(1).max(1_000),
      deviceIdentifier: z.string().min(1).max(255),
    })
    .optional(),
  app: z
    .strictObject({
      appIdentifier: z.string().min(1).max(255),
      deviceOS: z.string().min(1).max(100),
      deviceModelName: z.string().min(1).max(255),
      deviceIdentifier: z.string().min(1).max(255),
    })
    .optional(),
}

/** What identifying somebody takes. Texts are given as they are; they are sent in base64. */
export const authenticationInput = z.strictObject({
  ...order,
  userVisibleData: shownText(1_500).optional().describe('Shown in the app'),
  userNonVisibleData: encodedText(1_500).optional().describe('Signed along, and not shown'),
})

/** What signing takes. */
export const signatureInput = z.strictObject({
  ...order,
  userVisibleData: shownText(40_000).describe('What is signed, shown in the app'),
  userNonVisibleData: encodedText(200_000).optional().describe('Signed along, and not shown'),
})

/** The order as it is sent. */
export function toOrder(input: z.infer<typeof authenticationInput>): Record<string, unknown> {
  const { userVisibleData, userNonVisibleData, userVisibleDataFormat, requirement: required, ...rest } = input
  const encode = (text?: string) => (text === undefined ? undefined : Buffer.from(text).toString('base64'))
  return {
    ...rest,
    ...(required && {
      requirement: {
        ...required,
        personalNumber: required.personalNumber && (parsePersonnummer(required.personalNumber) ?? undefined),
      },
    }),
    userVisibleData: encode(userVisibleData),
    userNonVisibleData: encode(userNonVisibleData),
    // Plain text is what it is without.
    userVisibleDataFormat:
      userVisibleData !== undefined && userVisibleDataFormat !== 'plaintext' ? userVisibleDataFormat : undefined,
  }
}
