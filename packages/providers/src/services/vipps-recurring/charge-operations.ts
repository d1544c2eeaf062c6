import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { amount, idempotencyHeader, oreOf } from '../../vipps-input.ts'

const docsUrl = 'https://developer.vippsmobilepay.com/docs/APIs/recurring-api/recurring-api-guide/'
const charged = {
  agreementId: z.string().min(1).max(100),
  chargeId: z.string().min(1).max(100),
}
const statuses = [
  'PENDING',
  'DUE',
  'PROCESSING',
  'RESERVED',
  'CHARGED',
  'PARTIALLY_CAPTURED',
  'FAILED',
  'CANCELLED',
  'PARTIALLY_REFUNDED',
  'REFUNDED',
] as const
const text = z.string().nullable()
const charge = z.object({
  chargeId: z.string(),
  agreementId: text,
  status: z.string().describe('May jump ahead: from PENDING to REFUNDED, say'),
  type: text,
  transactionType: text,
  amount: z.int().describe('In øre or cents, as are all'),
  currency: text,
  captured: z.int(),
  refunded: z.int(),
  cancelled: z.int(),
  description: text,
  due: text,
  retryDays: z.int().nullable(),
  externalId: text,
  transactionId: text,
  failureReason: text.describe('Whether the customer, the maximum or something technical is in the way'),
  failureDescription: text,
})
const done = z.object({ agreementId: z.string(), chargeId: z.string() })

/** Those that concern charges. */
export const chargeOperations = {
  createCharge: defineOperation({
    title: 'Create a charge',
    description: 'Charges an active agreement on a day to come: a day ahead at least, two years at most.',
    docsUrl,
    effect: 'write',
    input: z
      .strictObject({
        agreementId: charged.agreementId,
        amount,
        description: z.string().min(1).max(45).describe('What the customer reads in the app'),
        due: z.iso.date().optional().describe('Tomorrow in Norway, the soonest there is, unless given'),
        retryDays: z.int().min(0).max(14).default(2).describe('So many days Vipps tries again after the due date'),
        transactionType: z
          .enum(['DIRECT_CAPTURE', 'RESERVE_CAPTURE'])
          .default('DIRECT_CAPTURE')
          .describe('RESERVE_CAPTURE for what is sent: it has to be captured then'),
        type: z
          .enum(['RECURRING', 'UNSCHEDULED'])
          .default('RECURRING')
          .describe('UNSCHEDULED is charged at once and never tried again; it has to be ordered'),
        orderId: z.string().min(1).max(50).optional().describe('Becomes the chargeId; unique for the sales unit'),
        externalId: z.string().min(1).max(64).optional(),
        processingMode: z.enum(['MULTIPLE_ATTEMPTS', 'SINGLE_ATTEMPT']).optional(),
      })
      .refine(({ processingMode, retryDays }) => processingMode !== 'SINGLE_ATTEMPT' || retryDays === 0, {
        path: ['retryDays'],
        message: 'A single attempt has no days of retrying',
      }),
    output: done,
    example: { agreementId: 'agr_active', amount: '499.00', description: 'November' },
    async run({ agreementId, amount, due, retryDays, type, ...plain }, context) {
      const scheduled = type === 'RECURRING' && { due: due ?? tomorrowInNorway(context.now()), retryDays }
      const { body } = await context.send({
        method: 'POST',
        path: path`/recurring/v3/agreements/${agreementId}/charges`,
        headers: idempotencyHeader(context),
        json: { amount: oreOf(amount), type, ...plain, ...scheduled },
      })
      return { agreementId, chargeId: (body as { chargeId: string }).chargeId }
    },
  }),

  getCharge: defineOperation({
    title: 'Get a charge',
    description: 'One charge, with how it stands now.',
    docsUrl,
    effect: 'read',
    input: z.strictObject(charged),
    output: charge,
    example: { agreementId: 'agr_active', chargeId: 'chr-charged' },
    async run({ agreementId, chargeId }, { send }) {
      const address = path`/recurring/v3/agreements/${agreementId}/charges/${chargeId}`
      const { body } = await send({ method: 'GET', path: address })
      return toCharge(body as VippsCharge)
    },
  }),

  listCharges: defineOperation({
    title: 'List charges',
    description: 'The charges of an agreement, its initial one included.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({
      agreementId: charged.agreementId,
      status: z.enum(statuses).optional(),
      cursor: z
        .string()
        .regex(/^[\w.:=+/-]{1,1000}$/, 'The nextCursor of the page before')
        .optional()
        .describe('The nextCursor of the page before; it is good for some minutes'),
    }),
    output: z.object({ charges: z.array(charge), nextCursor: z.string().nullable() }),
    example: { agreementId: 'agr_active' },
    async run({ agreementId, status, cursor }, { send }) {
      const { body, headers } = await send({
        method: 'GET',
        path: path`/recurring/v3/agreements/${agreementId}/charges`,
        query: { status },
        headers: { 'continuation-token': cursor },
      })
      const next = headers['continuation-token']
      return { charges: (body as VippsCharge[]).map(toCharge), nextCursor: typeof next === 'string' ? next : null }
    },
  }),

  captureCharge: defineOperation({
    title: 'Capture a charge',
    description: 'Takes all or part of what a charge has reserved.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({ ...charged, amount, description: z.string().min(1).max(45) }),
    output: done,
    example: { agreementId: 'agr_active', chargeId: 'chr-reserved', amount: '100.00', description: 'Sent' },
    async run({ agreementId, chargeId, amount, description }, context) {
      await context.send({
        method: 'POST',
        path: path`/recurring/v3/agreements/${agreementId}/charges/${chargeId}/capture`,
        headers: idempotencyHeader(context),
        json: { amount: oreOf(amount), description },
      })
      return { agreementId, chargeId }
    },
  }),

  refundCharge: defineOperation({
    title: 'Refund a charge',
    description: 'Gives back all or part of what a charge took, within 365 days.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({ ...charged, amount, description: z.string().min(1).max(45) }),
    output: done,
    example: { agreementId: 'agr_active', chargeId: 'chr-charged', amount: '100.00', description: 'Returned' },
    async run({ agreementId, chargeId, amount, description }, context) {
      await context.send({
        method: 'POST',
        path: path`/recurring/v3/agreements/${agreementId}/charges/${chargeId}/refund`,
        headers: idempotencyHeader(context),
        json: { amount: oreOf(amount), description },
      })
      return { agreementId, chargeId }
    },
  }),

  cancelCharge: defineOperation({
    title: 'Cancel a charge',
    description: 'Ends a charge before it is paid, or releases what is reserved and not captured.',
    docsUrl,
    effect: 'write',
    input: z.strictObject(charged),
    output: done,
    example: { agreementId: 'agr_active', chargeId: 'chr-due' },
    async run({ agreementId, chargeId }, context) {
      await context.send({
        method: 'DELETE',
        path: path`/recurring/v3/agreements/${agreementId}/charges/${chargeId}`,
        headers: idempotencyHeader(context),
      })
      return { agreementId, chargeId }
    },
  }),
}

interface VippsCharge {
  id: string
  agreementId?: string
  status: string
  type?: string
  transactionType?: string
  amount: number
  currency?: string
  summary?: { captured?: number; refunded?: number; cancelled?: number }
  description?: string
  due?: string
  retryDays?: number
  externalId?: string | null
  transactionId?: string | null
  failureReason?: string | null
  failureDescription?: string | null
}

function toCharge(given: VippsCharge): z.infer<typeof charge> {
  const { summary = {} } = given
  return {
    chargeId: given.id,
    agreementId: given.agreementId ?? null,
    status: given.status,
    type: given.type ?? null,
    transactionType: given.transactionType ?? null,
    amount: given.amount,
    currency: given.currency ?? null,
    captured: summary.captured ?? 0,
    refunded: summary.refunded ?? 0,
    cancelled: summary.cancelled ?? 0,
    description: given.description ?? null,
    due: given.due ?? null,
    retryDays: given.retryDays ?? null,
    externalId: given.externalId ?? null,
    transactionId: given.transactionId ?? null,
    failureReason: given.failureReason ?? null,
    failureDescription: given.failureDescription ?? null,
  }
}

/** As Vipps counts its days, whatever the clock of this machine says. */
function tomorrowInNorway(now: Date): string {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Oslo' }).format(now)
  return new Date(Date.parse(today) + 86_400_000).toISOString().slice(0, 10)
}
