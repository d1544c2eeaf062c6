import { formOf, type StandInHandler, type StandInReply } from './stand-in.ts'
import { noSuch } from './stripe-error.ts'
import type { Invoice } from './stripe-invoice-rules.ts'
import type { Invoices } from './stripe-invoices.ts'
import type { Payments } from './stripe-payments.ts'

/** What a payer's browser comes to: the bank's question, and an invoice to be paid. */
export function createStripePages(payments: Payments, invoices: Invoices): Record<string, StandInHandler> {
  const invoiceOf = (id = ''): Invoice => {
    const invoice = invoices.find(id)
    if (!invoice?.number) throw noSuch('invoice', id)
    return invoice
  }
  return {
    'GET /3d_secure/{id}': ({ params, query }) => {
      const intent = payments.find(params['id'] ?? '')
      const secret = query.get('client_secret') ?? ''
      if (intent?.client_secret !== secret) throw noSuch('payment_intent', params['id'] ?? '')
      const buttons = `<input type="hidden" name="client_secret" value="${secret}">
<button name="outcome" value="complete">Complete</button> <button name="outcome" value="fail">Fail</button>`
      return page(`3D Secure for ${sumOf(intent.amount, intent.currency)}`, `<form method="post">${buttons}</form>`)
    },
    'POST /3d_secure/{id}': (request) => {
      const form = formOf(request)
      const isDone = form.get('outcome') === 'complete'
      const back = payments.answerChallenge(request.params['id'] ?? '', form.get('client_secret') ?? '', isDone)
      if (back !== null) return { status: 303, headers: { location: back } }
      return page(isDone ? 'The payment is authenticated.' : 'The payment failed.', 'You may close this window.')
    },
    'GET /i/{id}': ({ params }) => {
      const { number, amount_remaining, currency, status } = invoiceOf(params['id'])
      const pay = `<form method="post"><button>Pay ${sumOf(amount_remaining, currency)} as Kari</button></form>`
      return page(`Invoice ${number}`, status === 'open' ? pay : `It is ${status}.`)
    },
    'POST /i/{id}': ({ params }) => {
      const { number, status } = invoices.payOnPage(invoiceOf(params['id']).id)
      return page(`Invoice ${number}`, `It is ${status}.`)
    },
    'GET /i/{id}/pdf': ({ params }) => {
      const { number, total, currency } = invoiceOf(params['id'])
      return {
        headers: { 'content-type': 'application/pdf' },
        body: pdf(`Invoice ${number}: ${sumOf(total, currency)}`),
      }
    },
  }
}

const sumOf = (amount: number, currency: string) => `${(amount / 100).toFixed(2)} ${currency.toUpperCase()}`

/** @param body HTML of our own making. */
function page(title: string, body: string): StandInReply {
  const html = `<!doctype html><html lang="en"><title>Stripe sandbox</title><meta name="viewport" content="width=device-width">
<style>body{font:16px system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}button{width:100%;padding:.75rem;margin:.25rem 0;font:inherit}</style>
<h1>Sandbox</h1><p>${inHtml(title)}</p>${body}</html>`
  return { headers: { 'content-type': 'text/html; charset=utf-8' }, body: html }
}

const inHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** One line of text on one page. */
function pdf(line: string): Uint8Array {
  const content = `BT /F1 18 Tf 72 760 Td (${line.replaceAll(/[^\w :.-]/g, '')}) Tj ET`
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>',
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ]
  let text = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = text.length
    text += `${index + 1} 0 obj${object}endobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  const tail = `trailer<</Size ${size}/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`
  return Buffer.from(`${text}xref\n0 ${size}\n0000000000 65535 f \n${table}${tail}`)
}
