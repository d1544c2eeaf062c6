import { z } from 'zod'
import { defineOperation, type OperationContext } from '../../define-operation.ts'
import { authenticationInput, signatureInput, toOrder } from './order-input.ts'
import { qrCodeAt } from './qr-code.ts'
import { userMessageOf } from './user-messages.ts'

const reference = 'https://developers.bankid.com/api-references/auth--sign/'
const orderRef = z.uuid()
const qrStart = z.strictObject({
  qrStartToken: z.uuid(),
  qrStartSecret: z.uuid(),
  startedAt: z.iso.datetime().describe('As it came when the order was begun'),
})
const begun = z.object({
  orderRef: z.string(),
  autoStartToken: z.string(),
  /** Opens the app on the same device. */
  startUrl: z.string(),
  qrStartToken: z.string(),
  /** Must not reach the browser. */
  qrStartSecret: z.string(),
  startedAt: z.string(),
  /** Of the first second. */
  qrCode: z.string(),
})
const message = z.object({ nb: z.string(), en: z.string(), sv: z.string() })
const collected = z.object({
  orderRef: z.string(),
  status: z.enum(['pending', 'complete', 'failed']),
  hintCode: z.string().nullable(),
  message,
  /** To be shown now; null unless the app is still to be started and the start of the order was given. */
  qrCode: z.string().nullable(),
  isCancelled: z.boolean(),
  completion: z
    .object({
      personalNumber: z.string(),
      name: z.string(),
      givenName: z.string(),
      surname: z.string(),
      ipAddress: z.string().nullable(),
      deviceUhi: z.string().nullable(),
      isDocumentRead: z.boolean().nullable(),
      bankIdIssueDate: z.string().nullable(),
      risk: z.string().nullable(),
      signature: z.string().nullable(),
      ocspResponse: z.string().nullable(),
    })
    .nullable(),
})
const sample = {
  orderRef: '131daac9-16c6-4618-beb0-365768f37288',
  qrStartToken: '67df3917-fa0d-44e5-b327-edcc928297f8',
  qrStartSecret: 'd28db9a7-4cde-429e-a983-359be676944c',
}

/** The guidance of BankID; faster is refused in the end. */
const pollEveryMs = 2_000

/** Orders of Swedish BankID. https://developers.bankid.com/api-references/auth--sign/overview */
export const operations = {
  testConnection: defineOperation({
    title: 'Test the connection',
    description: 'Says whether BankID takes the certificate; nothing is begun.',
    docsUrl: 'https://developers.bankid.com/getting-started/environments',
    effect: 'read',
    input: z.strictObject({}),
    output: z.object({ isCertificateAccepted: z.boolean() }),
    example: {},
    async run(_input, { send }) {
      const { status } = await send({ method: 'GET', path: '/auth', accept: [405] })
      return { isCertificateAccepted: status === 405 }
    },
  }),

  authenticate: defineOperation({
    title: 'Identify somebody',
    description: 'Begins an order; show its QR code, a new one each second, and collect it every two seconds.',
    docsUrl: `${reference}auth`,
    effect: 'write',
    input: authenticationInput,
    output: begun,
    example: { endUserIp: '203.0.113.7' },
    run: async (input, context) => await begin(context, '/auth', toOrder(input)),
  }),

  sign: defineOperation({
    title: 'Have somebody sign',
    description: 'Begins an order to sign a text; show and collect it as one that identifies.',
    docsUrl: `${reference}sign`,
    effect: 'write',
    input: signatureInput,
    output: begun,
    example: { endUserIp: '203.0.113.7', userVisibleData: 'I agree to the terms.' },
    run: async (input, context) => await begin(context, '/sign', toOrder(input)),
  }),

  collect: defineOperation({
    title: 'Collect an order',
    description:
      'Says where an order stands, or waits until it ends. An end is told once, and within minutes: keep what comes.',
    docsUrl: `${reference}collect`,
    effect: 'write',
    input: z.strictObject({
      orderRef,
      waitSeconds: z
        .int()
        .min(0)
        .max(300)
        .default(0)
        .describe('Asks every two seconds for so long, within the time of the call; 0 asks once'),
      cancelAfterwards: z.boolean().default(false).describe('Cancels what has not ended by then'),
      qr: qrStart.optional().describe('To get the QR code along with it'),
    }),
    output: collected,
    example: { orderRef: sample.orderRef },
    async run({ orderRef: reference, waitSeconds, cancelAfterwards, qr }, context) {
      const { send, wait, now } = context
      const asksLeft = Math.floor((waitSeconds * 1000) / pollEveryMs)
      let answer = await collectOnce(context, reference)
      for (let asked = 0; asked < asksLeft && answer.status === 'pending'; asked++) {
        await wait(pollEveryMs)
        answer = await collectOnce(context, reference)
      }
      const isCancelled = cancelAfterwards && answer.status === 'pending'
      if (isCancelled) await send({ method: 'POST', path: '/cancel', json: { orderRef: reference } })
      const isToBeStarted = answer.status === 'pending' && answer.hintCode === 'outstandingTransaction' && !isCancelled
      return {
        orderRef: reference,
        status: answer.status,
        hintCode: answer.hintCode ?? null,
        message: userMessageOf(answer.status, answer.hintCode),
        qrCode: qr && isToBeStarted ? qrCodeAt({ ...qr, startedAt: new Date(qr.startedAt) }, now()) : null,
        isCancelled,
        completion: answer.completionData ? toCompletion(answer.completionData) : null,
      }
    },
  }),

  getQrCode: defineOperation({
    title: 'Get the QR code of this second',
    description: 'Computes the text of the moving QR code; nothing is sent. Show it while the app is to be started.',
    docsUrl: 'https://developers.bankid.com/resources/qr-code',
    effect: 'read',
    local: true,
    input: qrStart,
    output: z.object({ qrCode: z.string(), nextInMs: z.int() }),
    example: {
      qrStartToken: sample.qrStartToken,
      qrStartSecret: sample.qrStartSecret,
      startedAt: '2026-11-02T08:15:00Z',
    },
    async run(input, { now }) {
      const startedAt = new Date(input.startedAt)
      const at = now()
      const elapsedMs = Math.max(0, at.getTime() - startedAt.getTime())
      return { qrCode: qrCodeAt({ ...input, startedAt }, at), nextInMs: 1000 - (elapsedMs % 1000) }
    },
  }),

  cancel: defineOperation({
    title: 'Cancel an order',
    description: 'Ends an order that nobody waits for any longer.',
    docsUrl: `${reference}cancel`,
    effect: 'write',
    input: z.strictObject({ orderRef }),
    output: z.object({ orderRef: z.string() }),
    example: { orderRef: sample.orderRef },
    async run({ orderRef: reference }, { send }) {
      await send({ method: 'POST', path: '/cancel', json: { orderRef: reference } })
      return { orderRef: reference }
    },
  }),
}

interface Begun {
  orderRef: string
  autoStartToken: string
  qrStartToken: string
  qrStartSecret: string
}
interface Collected {
  status: 'pending' | 'complete' | 'failed'
  hintCode?: string
  completionData?: CompletionData
}
interface CompletionData {
  user: { personalNumber: string; name: string; givenName: string; surname: string }
  device?: { ipAddress?: string; uhi?: string }
  stepUp?: { mrtd?: boolean } | null
  bankIdIssueDate?: string
  risk?: string
  signature?: string
  ocspResponse?: string
}

async function begin(context: OperationContext, path: '/auth' | '/sign', json: object): Promise<z.infer<typeof begun>> {
  const { body } = await context.send({ method: 'POST', path, json })
  const { orderRef: reference, autoStartToken, qrStartToken, qrStartSecret } = body as Begun
  // The QR code counts from when the answer came here.
  const startedAt = context.now()
  return {
    orderRef: reference,
    autoStartToken,
    startUrl: `https://app.bankid.com/?autostarttoken=${encodeURIComponent(autoStartToken)}&redirect=null`,
    qrStartToken,
    qrStartSecret,
    startedAt: startedAt.toISOString(),
    qrCode: qrCodeAt({ qrStartToken, qrStartSecret, startedAt }, startedAt),
  }
}

async function collectOnce({ send }: OperationContext, reference: string): Promise<Collected> {
  const { body } = await send({ method: 'POST', path: '/collect', json: { orderRef: reference }, repeatable: true })
  return body as Collected
}

function toCompletion({ user, device, stepUp, ...data }: CompletionData): z.infer<typeof collected>['completion'] {
  return {
    ...user,
    ipAddress: device?.ipAddress ?? null,
    deviceUhi: device?.uhi ?? null,
    isDocumentRead: stepUp?.mrtd ?? null,
    bankIdIssueDate: data.bankIdIssueDate ?? null,
    risk: data.risk ?? null,
    signature: data.signature ?? null,
    ocspResponse: data.ocspResponse ?? null,
  }
}
