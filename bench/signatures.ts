/**
 * Our signature check against the vendors' own packages, in the same process and on the same bytes: `node
 * bench/signatures.ts`. The budget is a ratio of at least 1.0.
 *
 * A webhook arrives as bytes. `from bytes` charges the vendor for what its interface makes of them first (text for
 * GitHub); `vendor's best case` hands it the form it likes and leaves out all work but the check.
 */

import { type Delivery, type SignatureScheme, verifySignature } from '@koble/core/signatures'
import { sign, verify } from '@octokit/webhooks-methods'
import Stripe from 'stripe'
import { median } from './measure/median.ts'
import { type Comparison, printTable } from './measure/report.ts'

const rounds = 15
const roundMs = 12

const github: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha256',
  header: 'X-Hub-Signature-256',
  encoding: 'hex',
  prefix: 'sha256=',
}
const stripe: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha256',
  header: 'Stripe-Signature',
  encoding: 'hex',
  signedContent: '{timestamp}.{body}',
  pairs: { timestampKey: 't', signatureKey: 'v1' },
}

/** Repeats a check so many times; awaits only what is asynchronous. */
type Contender = (times: number) => void | Promise<void>

const now = new Date()

export async function benchSignatures(): Promise<Comparison[]> {
  const comparisons: Comparison[] = []
  for (const bodyBytes of [300, 4_000, 40_000]) {
    const text = JSON.stringify({ id: 'evt_1', object: 'event', filler: 'x'.repeat(bodyBytes - 46) })
    const body = Buffer.from(text)
    const add = async (name: string, koble: Contender, vendor: Contender) => {
      comparisons.push(await compare(`${name}, ${body.length} bytes`, koble, vendor))
    }

    const hubSignature = await sign('s3cret', text)
    const oursOnGithub = ours(github, { headers: { 'x-hub-signature-256': hubSignature }, body }, 's3cret')
    const octokit = (payload: () => string): Contender => {
      return async (times) => {
        for (let i = 0; i < times; i++)
          if (!(await verify('s3cret', payload(), hubSignature))) throw new Error('rejected')
      }
    }
    const decoded = octokit(() => body.toString('utf8'))
    await add('GitHub, from bytes', oursOnGithub, decoded)
    const asText = octokit(() => text)
    await add("GitHub, vendor's best case", oursOnGithub, asText)

    const stripeSignature = Stripe.webhooks.generateTestHeaderString({ payload: text, secret: 'whsec_x' })
    const oursOnStripe = ours(stripe, { headers: { 'stripe-signature': stripeSignature }, body }, 'whsec_x')
    await add('Stripe, from bytes (constructEvent)', oursOnStripe, (times) => {
      for (let i = 0; i < times; i++) Stripe.webhooks.constructEvent(body, stripeSignature, 'whsec_x')
    })
    await add("Stripe, vendor's best case (verifyHeader)", oursOnStripe, (times) => {
      for (let i = 0; i < times; i++) Stripe.webhooks.signature?.verifyHeader(text, stripeSignature, 'whsec_x', 300)
    })
  }
  return comparisons
}

function ours(scheme: SignatureScheme, delivery: Delivery, secret: string): Contender {
  const options = { secrets: [secret], now }
  return (times) => {
    for (let i = 0; i < times; i++) {
      if (!verifySignature(scheme, delivery, options).verified) throw new Error('rejected')
    }
  }
}

/** The two take turns, so that a busy machine slows both; the median round of each counts. */
async function compare(measure: string, koble: Contender, vendor: Contender): Promise<Comparison> {
  const times = { koble: await timesPerRound(koble), vendor: await timesPerRound(vendor) }
  const rates: { koble: number[]; vendor: number[] } = { koble: [], vendor: [] }
  for (let round = 0; round < rounds; round++) {
    rates.koble.push(await perSecond(koble, times.koble))
    rates.vendor.push(await perSecond(vendor, times.vendor))
  }
  const [kobleRate, vendorRate] = [median(rates.koble), median(rates.vendor)]
  return {
    bench: 'signature checks/s',
    measure,
    floor: vendorRate,
    koble: kobleRate,
    judged: { name: 'ratio', value: kobleRate / vendorRate },
    budget: { least: 1 },
  }
}

async function timesPerRound(contender: Contender): Promise<number> {
  await contender(2_000)
  return Math.ceil(((await perSecond(contender, 1_000)) * roundMs) / 1000)
}

async function perSecond(contender: Contender, times: number): Promise<number> {
  const start = performance.now()
  await contender(times)
  return (times * 1000) / (performance.now() - start)
}

if (import.meta.main) printTable(await benchSignatures())
