/** By what a payment is told of; the deliveries say `AUTHORIZED` instead. */
export const paymentEvents = [
  'epayments.payment.created.v1',
  'epayments.payment.authorized.v1',
  'epayments.payment.aborted.v1',
  'epayments.payment.expired.v1',
  'epayments.payment.terminated.v1',
  'epayments.payment.captured.v1',
  'epayments.payment.cancelled.v1',
  'epayments.payment.refunded.v1',
] as const

/** Those of agreements and charges; "canceled" has one l there. */
export const recurringEvents = [
  'recurring.agreement-activated.v1',
  'recurring.agreement-rejected.v1',
  'recurring.agreement-stopped.v1',
  'recurring.agreement-expired.v1',
  'recurring.charge-reserved.v1',
  'recurring.charge-captured.v1',
  'recurring.charge-canceled.v1',
  'recurring.charge-refunded.v1',
  'recurring.charge-failed.v1',
  'recurring.charge-creation-failed.v1',
] as const

/** All that one may register for. https://developer.vippsmobilepay.com/docs/APIs/webhooks-api/events/ */
export const webhookEvents = [
  ...paymentEvents,
  ...recurringEvents,
  'login.merchant-initiated.ping.v1',
  'user.checked-in.v1',
] as const

/** What the deliveries of payments say in their field `name`. */
export const paymentEventNames = paymentEvents.map((event) => event.split('.')[2]?.toUpperCase() ?? '')
