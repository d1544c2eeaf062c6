import { z } from 'zod'
import { defineOperation, path } from '../../define-operation.ts'
import { amount, idempotencyHeader, msisdnOf, oreOf, phoneNumber } from '../../vipps-input.ts'
import { agreementBody, interval, newAgreement } from './agreement-input.ts'

const docsUrl = 'https://developer.vippsmobilepay.com/docs/APIs/recurring-api/recurring-api-guide/'
const agreementId = z.string().min(1).max(100).describe('As createRecurringAgreement gave it: agr_…')
const text = z.string().nullable()
const agreement = z.object({
  agreementId: z.string(),
  uuid: text,
  status: z.string().describe('PENDING, ACTIVE, STOPPED or EXPIRED'),
  productName: z.string(),
  productDescription: text,
  pricing: z.object({
    type: z.string(),
    currency: z.string(),
    amount: z.int().nullable().describe('In øre or cents, as are all'),
    suggestedMaxAmount: z.int().nullable(),
    maxAmount: z.int().nullable().describe('What the customer chose'),
  }),
  interval: z.object({ unit: z.string(), count: z.int() }).nullable(),
  merchantAgreementUrl: text,
  externalId: text,
  createdAt: text,
  startedAt: text,
  stoppedAt: text,
  subject: text.describe('For the profile, where it was asked for'),
})
const done = z.object({ agreementId: z.string() })

/** Those that concern agreements. */
export const agreementOperations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether the keys are good and the sales unit has recurring payments, without changing anything.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ merchantSerialNumber: z.string().nullable() }),
    example: {},
    async run(_input, { send, accountId }) {
      await send({ method: 'GET', path: '/recurring/v3/agreements', query: { pageNumber: 1, pageSize: 1 } })
      return { merchantSerialNumber: accountId }
    },
  }),

  createRecurringAgreement: defineOperation({
    title: 'Create an agreement',
    description:
      'Drafts an agreement that the customer approves in the app within ten minutes: send them to the confirmationUrl. It takes no money by itself: each charge has to be created.',
    docsUrl,
    effect: 'write',
    input: newAgreement,
    output: z.object({
      agreementId: z.string(),
      uuid: text,
      confirmationUrl: text,
      chargeId: text.describe('Of the initial charge'),
    }),
    example: {
      pricing: { type: 'LEGACY', amount: '499.00' },
      interval: { unit: 'MONTH', count: 1 },
      productName: 'Newspaper',
      redirectUrl: 'https://example.com/return',
      agreementUrl: 'https://example.com/my/subscription',
    },
    async run(input, context) {
      const { body } = await context.send({
        method: 'POST',
        path: '/recurring/v3/agreements',
        headers: idempotencyHeader(context),
        json: agreementBody(input),
      })
      const answer = body as { agreementId: string; uuid?: string; vippsConfirmationUrl?: string; chargeId?: string }
      return {
        agreementId: answer.agreementId,
        uuid: answer.uuid ?? null,
        confirmationUrl: answer.vippsConfirmationUrl ?? null,
        chargeId: answer.chargeId ?? null,
      }
    },
  }),

  getAgreement: defineOperation({
    title: 'Get an agreement',
    description: 'One agreement, with how it stands now.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({ agreementId }),
    output: agreement,
    example: { agreementId: 'agr_active' },
    async run(input, { send }) {
      const { body } = await send({ method: 'GET', path: path`/recurring/v3/agreements/${input.agreementId}` })
      return toAgreement(body as VippsAgreement)
    },
  }),

  listAgreements: defineOperation({
    title: 'List agreements',
    description: 'The agreements in one state, page by page; there is no list of all states together.',
    docsUrl,
    effect: 'read',
    input: z.strictObject({
      status: z.enum(['PENDING', 'ACTIVE', 'STOPPED', 'EXPIRED']).default('ACTIVE'),
      createdAfter: z.iso.datetime({ offset: true }).optional(),
      limit: z.int().min(1).max(500).default(100),
      cursor: z
        .string()
        .regex(/^[1-9]\d{0,8}$/, 'The nextCursor of the page before')
        .optional()
        .describe('The nextCursor of the page before'),
    }),
    output: z.object({ agreements: z.array(agreement), nextCursor: z.string().nullable() }),
    example: { limit: 50 },
    async run({ status, createdAfter, limit, cursor = '1' }, { send }) {
      const { body } = await send({
        method: 'GET',
        path: '/recurring/v3/agreements',
        query: {
          status,
          createdAfter: createdAfter === undefined ? undefined : Date.parse(createdAfter),
          pageNumber: cursor,
          pageSize: limit,
        },
      })
      const found = body as VippsAgreement[]
      // Nothing tells of a further page but that this one is full.
      const nextCursor = found.length < limit ? null : String(Number(cursor) + 1)
      return { agreements: found.map(toAgreement), nextCursor }
    },
  }),

  updateAgreement: defineOperation({
    title: 'Update an agreement',
    description:
      'Changes what is given of an active agreement; its kind of pricing stays. Great changes of price need a new one.',
    docsUrl,
    effect: 'write',
    input: z
      .strictObject({
        agreementId,
        productName: z.string().min(1).max(45).optional(),
        productDescription: z.string().max(100).optional(),
        agreementUrl: z
          .url({ protocol: /^https$/ })
          .max(1_024)
          .optional(),
        externalId: z.string().min(1).max(64).optional(),
        amount: amount.optional(),
        suggestedMaxAmount: amount.optional(),
        interval: interval.nullable().optional().describe('null for one that is paid by use'),
      })
      .refine((given) => Object.values(given).filter((value) => value !== undefined).length > 1, 'Nothing to change'),
    output: done,
    example: { agreementId: 'agr_active', productDescription: 'Every day but Sunday' },
    async run({ agreementId, amount, suggestedMaxAmount, interval, ...plain }, context) {
      const pricing = {
        ...(amount !== undefined && { amount: oreOf(amount) }),
        ...(suggestedMaxAmount !== undefined && { suggestedMaxAmount: oreOf(suggestedMaxAmount) }),
      }
      await context.send({
        method: 'PATCH',
        path: path`/recurring/v3/agreements/${agreementId}`,
        headers: idempotencyHeader(context),
        json: {
          productName: plain.productName,
          productDescription: plain.productDescription,
          merchantAgreementUrl: plain.agreementUrl,
          externalId: plain.externalId,
          pricing: Object.keys(pricing).length > 0 ? pricing : undefined,
          // In other words than those in which an agreement is drafted.
          interval: interval && { type: 'RECURRING', period: interval },
          ...(interval === null && { interval: { type: 'FLEXIBLE' } }),
        },
      })
      return { agreementId }
    },
  }),

  stopAgreement: defineOperation({
    title: 'Stop an agreement',
    description:
      'Ends an agreement for good, and with it all charges that are not paid; capture what is reserved before.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({ agreementId }),
    output: done,
    example: { agreementId: 'agr_stoppable' },
    async run(input, context) {
      await context.send({
        method: 'PATCH',
        path: path`/recurring/v3/agreements/${input.agreementId}`,
        headers: idempotencyHeader(context),
        // With anything beside it Vipps refuses.
        json: { status: 'STOPPED' },
      })
      return { agreementId: input.agreementId }
    },
  }),

  acceptTestAgreement: defineOperation({
    title: 'Accept a test agreement',
    description: 'Approves an agreement in place of its customer; only in the test environment, for users known there.',
    docsUrl,
    effect: 'write',
    input: z.strictObject({ agreementId, phoneNumber }),
    output: done,
    example: { agreementId: 'agr_pending', phoneNumber: '4712345678' },
    async run(input, context) {
      await context.send({
        method: 'PATCH',
        path: path`/recurring/v3/agreements/${input.agreementId}/accept`,
        headers: idempotencyHeader(context),
        json: { phoneNumber: msisdnOf(input.phoneNumber) },
      })
      return { agreementId: input.agreementId }
    },
  }),
}

interface VippsAgreement {
  id: string
  uuid?: string
  status?: string
  productName: string
  productDescription?: string | null
  pricing: {
    type?: string
    currency: string
    amount?: number | null
    suggestedMaxAmount?: number | null
    maxAmount?: number | null
  }
  interval?: { unit?: string; count?: number } | null
  merchantAgreementUrl?: string | null
  externalId?: string | null
  created?: string
  start?: string | null
  stop?: string | null
  sub?: string | null
}

function toAgreement(given: VippsAgreement): z.infer<typeof agreement> {
  const { pricing, interval } = given
  return {
    agreementId: given.id,
    uuid: given.uuid ?? null,
    status: given.status ?? 'PENDING',
    productName: given.productName,
    productDescription: given.productDescription ?? null,
    pricing: {
      type: pricing.type ?? 'LEGACY',
      currency: pricing.currency,
      amount: pricing.amount ?? null,
      suggestedMaxAmount: pricing.suggestedMaxAmount ?? null,
      maxAmount: pricing.maxAmount ?? null,
    },
    interval: interval?.unit && interval.count !== undefined ? { unit: interval.unit, count: interval.count } : null,
    merchantAgreementUrl: given.merchantAgreementUrl ?? null,
    externalId: given.externalId ?? null,
    createdAt: given.created ?? null,
    startedAt: given.start ?? null,
    stoppedAt: given.stop ?? null,
    subject: given.sub ?? null,
  }
}
