/**
 * Our signature check against the vendors' own packages, in the same process and on the same bytes: `node
 * bench/signatures.ts`. The budget is a ratio of at least 1.0.
 *
 * A webhook arrives as bytes. `from bytes` charges the vendor for what its interface makes of them first (text for
 * GitHub); `vendor's best case` hands it the form it likes and leaves out all work but the check.
 */

import { parse as parseForm } from 'node:querystring'
import { Signature } from '@hubspot/api-client'
import { type Delivery, type SignatureScheme, verifySignature } from '@koble/core/signatures'
import { sign, verify } from '@octokit/webhooks-methods'
import Stripe from 'stripe'
import twilio from 'twilio'
import { median, medianRatio } from './measure/median.ts'
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

const hubspot: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha256',
  header: 'X-HubSpot-Signature-v3',
  encoding: 'base64',
  signedContent: '{method}{url}{body}{timestamp}',
  timestamp: { header: 'X-HubSpot-Request-Timestamp', format: 'unix_ms' },
  url: { unescape: ":/?@!$'()*,;" },
}
const twilioForm: SignatureScheme = {
  type: 'hmac',
  algorithm: 'sha1',
  header: 'X-Twilio-Signature',
  encoding: 'base64',
  signedContent: '{url}{fields}',
  fields: { from: ['form'], pair: '{name}{value}' },
  bodyHash: { query: 'bodySHA256', encoding: 'hex' },
  url: { port: 'either' },
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

    const url = 'https://hooks.example.com/in/hubspot?tenant=42'
    const at = { clientSecret: 's3cret', method: 'POST', url, signatureVersion: 'v3', timestamp: now.getTime() }
    const hubspotSignature = Signature.getSignature('POST', 'v3', { ...at, signature: '', requestBody: text })
    const headers = {
      'x-hubspot-signature-v3': hubspotSignature,
      'x-hubspot-request-timestamp': String(now.getTime()),
    }
    const oursOnHubspot = ours(hubspot, { method: 'POST', url, headers, body }, 's3cret')
    const hubspotPackage = (payload: () => string): Contender => {
      return (times) => {
        for (let i = 0; i < times; i++) {
          const isValid = Signature.isValid({ ...at, signature: hubspotSignature, requestBody: payload() })
          if (!isValid) throw new Error('rejected')
        }
      }
    }
    const hubspotText = hubspotPackage(() => body.toString('utf8'))
    await add('HubSpot, from bytes', oursOnHubspot, hubspotText)
    const hubspotBest = hubspotPackage(() => text)
    await add("HubSpot, vendor's best case", oursOnHubspot, hubspotBest)
  }
  comparisons.push(...(await benchTwilio()))
  return comparisons
}

/**
 * Twilio signs the fields of a form and not its bytes, so whoever checks must take the form apart. Koble takes raw bodies
 * only, and its check includes that; Twilio's package leaves it to the program, which `from bytes` does with
 * `querystring` as Express does (`extended: false`). The best case has the form taken apart once, before the clock
 * starts: no program is spared that, so the figure is for reading and has no budget.
 */
async function benchTwilio(): Promise<Comparison[]> {
  const url = 'https://hooks.example.com/in/twilio?tenant=42'
  const form = {
    ToCountry: 'NO',
    SmsMessageSid: 'SM00000000000000000000000000000000',
    NumMedia: '0',
    SmsSid: 'SM00000000000000000000000000000000',
    FromCountry: 'NO',
    SmsStatus: 'received',
    Body: 'Blåbærsyltetøy & vafler kl. 12?',
    To: '+4791234567',
    MessageSid: 'SM00000000000000000000000000000000',
    AccountSid: 'AC00000000000000000000000000000000',
    From: '+4797654321',
    ApiVersion: '2010-04-01',
  }
  const body = Buffer.from(new URLSearchParams(form).toString())
  const signature = twilio.getExpectedTwilioSignature('token', url, form)
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': signature }
  const options = { secrets: ['token'], now }
  // What was read of a delivery is kept with it, so each check gets a delivery of its own.
  const koble: Contender = (times) => {
    for (let i = 0; i < times; i++) {
      if (!verifySignature(twilioForm, { url, headers, body }, options).verified) throw new Error('rejected')
    }
  }
  const vendor = (parameters: () => object): Contender => {
    return (times) => {
      for (let i = 0; i < times; i++) {
        const isValid = twilio.validateRequest('token', signature, url, parameters() as typeof form)
        if (!isValid) throw new Error('rejected')
      }
    }
  }
  const parsing = vendor(() => parseForm(body.toString('utf8')))
  const fromBytes = await compare(`Twilio form, from bytes, ${body.length} bytes`, koble, parsing)
  const parsed = vendor(() => form)
  const best = await compare(`Twilio form, form already parsed, ${body.length} bytes`, koble, parsed)
  return [fromBytes, { ...best, budget: null }]
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
    judged: { name: 'ratio', value: medianRatio(rates.koble, rates.vendor) },
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
