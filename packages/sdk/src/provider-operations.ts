import type { CallOptions } from './transport.ts'

// Written by `npm run docs` from the operations of packages/providers.

/** Runs one operation; rejects with `KobleApiError`. */
type Run<Input, Output> = (
  ...args: Record<string, never> extends Input
    ? [input?: Input, options?: CallOptions]
    : [input: Input, options?: CallOptions]
) => Promise<Output>

/** The typed calls of a connection, by its provider. */
export interface ProviderOperations {
  /** Slack */
  slack: {
    /** Test the connection. Says which workspace the connection belongs to, and as whom it acts there. */
    testConnection: Run<Record<string, never>, {
      workspaceId: string
      workspace: string
      userId: string
      url: string
    }>
    /** Send a message. Posts in a channel or to a person. Slack knows no idempotency: after a lost answer it may be there twice. */
    sendMessage: Run<{
      /** Id of a channel, of a conversation, or of a person */
      channel: string
      /** Also what notifications show when there are blocks */
      text: string
      /** Block Kit; at most 50 */
      blocks?: Record<string, unknown>[]
      /** The ts of the message to answer */
      threadTs?: string
      unfurlLinks?: boolean
    }, {
      channel: string
      ts: string
    }>
    /** Send an alert. Posts a message with a coloured bar, a title and fields, as monitoring does. */
    sendAlert: Run<{
      /** Id of a channel, of a conversation, or of a person */
      channel: string
      severity?: "info" | "warning" | "critical"
      title: string
      text: string
      fields?: Record<string, string>
    }, {
      channel: string
      ts: string
    }>
    /** List channels. The channels that the bot can see, page by page. */
    listChannels: Run<{
      types?: ("public_channel" | "private_channel" | "mpim" | "im")[]
      excludeArchived?: boolean
      /** At most so many; a page may hold fewer */
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      channels: {
        id: string
        name: string | null
        isPrivate: boolean
        isArchived: boolean
        isMember: boolean
        topic: string | null
        memberCount: number | null
      }[]
      nextCursor: string | null
    }>
    /** Create a channel. Makes a channel; the bot is its first member. */
    createChannel: Run<{
      /** Lower-case letters, digits, - and _ */
      name: string
      isPrivate?: boolean
    }, {
      id: string
      name: string | null
      isPrivate: boolean
      isArchived: boolean
      isMember: boolean
      topic: string | null
      memberCount: number | null
    }>
    /** Create an incident channel. Makes a channel for one incident, says in it what is known, and brings in those who are needed. */
    createIncidentChannel: Run<{
      title: string
      severity?: "info" | "warning" | "critical"
      summary?: string
      userIds?: string[]
      isPrivate?: boolean
    }, {
      channel: {
        id: string
        name: string | null
        isPrivate: boolean
        isArchived: boolean
        isMember: boolean
        topic: string | null
        memberCount: number | null
      }
      ts: string
    }>
    /** Get a person. One member of the workspace; the address needs users:read.email. */
    getUserInfo: Run<{
      userId: string
    }, {
      id: string
      name: string
      realName: string | null
      email: string | null
      timeZone: string | null
      isBot: boolean
      isDeleted: boolean
    }>
    /** Upload a file. Uploads a file and shares it in a channel; without one it stays private to the app. */
    uploadFile: Run<{
      filename: string
      /** The bytes, in base64 */
      content: string
      /** Id of a channel, of a conversation, or of a person */
      channel?: string
      title?: string
      comment?: string
      threadTs?: string
    }, {
      fileId: string
    }>
  }
  /** Vipps Login */
  vippsLogin: {
    /** Test the connection. Says whether the sign-in is still good; after about ten minutes Vipps asks for a new one. */
    testConnection: Run<Record<string, never>, {
      subject: string
    }>
    /** Get the profile. What the person shared of their profile, as it is now; what was not asked for is null. */
    getUserInfo: Run<Record<string, never>, {
      /** The person, as this sales unit knows them; another one knows them by another id */
      subject: string
      name: string | null
      givenName: string | null
      familyName: string | null
      /** YYYY-MM-DD */
      birthDate: string | null
      /** With its country and without a plus: 4791234567 */
      phoneNumber: string | null
      isPhoneNumberVerified: boolean | null
      email: string | null
      isEmailVerified: boolean | null
      address: {
        /** home, work or other */
        type: string | null
        formatted: string | null
        streetAddress: string | null
        postalCode: string | null
        region: string | null
        /** ISO 3166-1, of two letters */
        country: string | null
      } | null
      otherAddresses: {
        /** home, work or other */
        type: string | null
        formatted: string | null
        streetAddress: string | null
        postalCode: string | null
        region: string | null
        /** ISO 3166-1, of two letters */
        country: string | null
      }[]
    }>
  }
  /** Vipps Payment */
  vippsPayment: {
    /** Test the connection. Says whether the keys are good, without touching a payment. */
    testConnection: Run<Record<string, never>, {
      merchantSerialNumber: string | null
      webhooks: number
    }>
    /** Create a payment. Begins a payment that the customer approves in the app: send them to the redirectUrl, then poll or listen for AUTHORIZED. */
    createPayment: Run<{
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      currency?: "NOK" | "DKK" | "EUR"
      /** Your own, unique for the sales unit; one is made where there is none */
      reference?: string
      /** How the customer gets to the app; PUSH_MESSAGE has to be ordered */
      flow?: "WEB_REDIRECT" | "NATIVE_REDIRECT" | "PUSH_MESSAGE" | "QR"
      paymentMethod?: "WALLET" | "CARD"
      /** Where the customer goes afterwards, whatever they did */
      returnUrl?: string
      /** Who pays, where that is known */
      customer?: {
        /** With its country, as in +4791234567; eight digits are Norwegian */
        phoneNumber?: string
        personalQr?: string
        customerToken?: string
      }
      customerInteraction?: "CUSTOMER_PRESENT" | "CUSTOMER_NOT_PRESENT"
      /** What the customer reads in the app */
      description?: string
      /** What the customer is asked to share; all or nothing */
      profile?: ("name" | "phoneNumber" | "email" | "address" | "birthDate")[]
      /** Makes it an Express payment, which asks for the address */
      shipping?: {
        /** The same for every address */
        groups?: {
          type: "HOME_DELIVERY" | "PICKUP_POINT" | "MAILBOX" | "IN_STORE" | "OTHER"
          brand: "BRING" | "DHL" | "FEDEX" | "GLS" | "HELTHJEM" | "INSTABOX" | "MATKAHUOLTO" | "PORTERBUDDY" | "POSTEN" | "POSTI" | "POSTNORD" | "OTHER"
          isDefault?: boolean
          priority?: number
          options: {
            id: string
            name: string
            /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
            amount: number | string
            isDefault?: boolean
            priority?: number
            meta?: string
            estimatedDelivery?: string
          }[]
        }[]
        /** Where Vipps asks for the groups, once it knows the address */
        callback?: {
          url: string
          authorizationToken: string
        }
      }
      metadata?: Record<string, string>
      minimumUserAge?: number
      /** For the flow QR */
      qr?: {
        format: "TEXT/TARGETURL" | "IMAGE/SVG+XML" | "IMAGE/PNG"
        size?: number
      }
    }, {
      reference: string
      redirectUrl: string | null
    }>
    /** Get a payment. How a payment stands; the sums tell what was captured, refunded and cancelled, the state does not. */
    getPayment: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
    }, {
      reference: string
      pspReference: string
      /** Stays AUTHORIZED; the amounts tell what was done */
      state: string
      amount: {
        currency: string
        /** In øre or cents */
        value: number
      }
      authorized: {
        currency: string
        /** In øre or cents */
        value: number
      }
      captured: {
        currency: string
        /** In øre or cents */
        value: number
      }
      refunded: {
        currency: string
        /** In øre or cents */
        value: number
      }
      cancelled: {
        currency: string
        /** In øre or cents */
        value: number
      }
      paymentMethod: string | null
      captureGuaranteedUntil: string | null
      /** For the profile, where it was asked for */
      subject: string | null
      userDetails: Record<string, unknown> | null
      shippingDetails: Record<string, unknown> | null
      metadata: Record<string, unknown> | null
    }>
    /** Capture a payment. Takes all or part of what the customer approved, once the goods are sent; several times if need be. */
    capturePayment: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      currency?: "NOK" | "DKK" | "EUR"
    }, {
      reference: string
      pspReference: string
      /** Stays AUTHORIZED; the amounts tell what was done */
      state: string
      amount: {
        currency: string
        /** In øre or cents */
        value: number
      }
      authorized: {
        currency: string
        /** In øre or cents */
        value: number
      }
      captured: {
        currency: string
        /** In øre or cents */
        value: number
      }
      refunded: {
        currency: string
        /** In øre or cents */
        value: number
      }
      cancelled: {
        currency: string
        /** In øre or cents */
        value: number
      }
    }>
    /** Refund a payment. Gives back all or part of what was captured, within 365 days. */
    refundPayment: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      currency?: "NOK" | "DKK" | "EUR"
    }, {
      reference: string
      pspReference: string
      /** Stays AUTHORIZED; the amounts tell what was done */
      state: string
      amount: {
        currency: string
        /** In øre or cents */
        value: number
      }
      authorized: {
        currency: string
        /** In øre or cents */
        value: number
      }
      captured: {
        currency: string
        /** In øre or cents */
        value: number
      }
      refunded: {
        currency: string
        /** In øre or cents */
        value: number
      }
      cancelled: {
        currency: string
        /** In øre or cents */
        value: number
      }
    }>
    /** Cancel a payment. Ends a payment before its approval, or releases all that is reserved and not captured, for good. */
    cancelPayment: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
      /** Refuse where the customer has approved meanwhile, and release nothing */
      onlyUnauthorized?: boolean
    }, {
      reference: string
      pspReference: string
      /** Stays AUTHORIZED; the amounts tell what was done */
      state: string
      amount: {
        currency: string
        /** In øre or cents */
        value: number
      }
      authorized: {
        currency: string
        /** In øre or cents */
        value: number
      }
      captured: {
        currency: string
        /** In øre or cents */
        value: number
      }
      refunded: {
        currency: string
        /** In øre or cents */
        value: number
      }
      cancelled: {
        currency: string
        /** In øre or cents */
        value: number
      }
    }>
    /** List the events of a payment. All that happened to a payment, the oldest first; Vipps gives them in one page. */
    listPaymentEvents: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
    }, {
      events: {
        name: string
        amount: {
          currency: string
          /** In øre or cents */
          value: number
        }
        timestamp: string
        pspReference: string
        idempotencyKey: string | null
        isSuccess: boolean
      }[]
      nextCursor: string | null
    }>
    /** Approve a test payment. Approves a payment in place of its customer; only in the test environment, for users known there. */
    approveTestPayment: Run<{
      /** Your own, as it was when the payment was created */
      reference: string
      /** With its country, as in +4791234567; eight digits are Norwegian */
      phoneNumber: string
    }, {
      reference: string
    }>
  }
  /** Vipps Recurring */
  vippsRecurring: {
    /** Test the connection. Says whether the keys are good and the sales unit has recurring payments, without changing anything. */
    testConnection: Run<Record<string, never>, {
      merchantSerialNumber: string | null
    }>
    /** Create an agreement. Drafts an agreement that the customer approves in the app within ten minutes: send them to the confirmationUrl. It takes no money by itself: each charge has to be created. */
    createRecurringAgreement: Run<{
      /** A fixed price, one up to a maximum that the customer chooses, or none */
      pricing: {
        type: "LEGACY"
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        amount: number | string
        currency?: "NOK" | "DKK" | "EUR"
      } | {
        type: "VARIABLE"
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        suggestedMaxAmount: number | string
        currency?: "NOK" | "DKK" | "EUR"
      } | {
        type: "FLEXIBLE"
        currency?: "NOK" | "DKK" | "EUR"
      }
      /** Absent where it is paid by use */
      interval?: {
        unit: "DAY" | "WEEK" | "MONTH" | "YEAR"
        count?: number
      }
      productName: string
      productDescription?: string
      /** Where the customer goes after the answer */
      redirectUrl: string
      /** Your page on which the customer manages this agreement */
      agreementUrl: string
      /** With its country, as in +4791234567; eight digits are Norwegian */
      phoneNumber?: string
      externalId?: string
      /** What the customer is asked to share; all or nothing */
      profile?: ("name" | "phoneNumber" | "email" | "address" | "birthDate")[]
      /** Paid with the approval */
      initialCharge?: {
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        amount: number | string
        description: string
        /** RESERVE_CAPTURE for what is sent */
        transactionType: "DIRECT_CAPTURE" | "RESERVE_CAPTURE"
        orderId?: string
      }
      campaign?: {
        type: "PRICE_CAMPAIGN"
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        price: number | string
        /** In UTC */
        end: string
      } | {
        type: "PERIOD_CAMPAIGN"
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        price: number | string
        period: {
          unit: "DAY" | "WEEK" | "MONTH" | "YEAR"
          count?: number
        }
      } | {
        type: "EVENT_CAMPAIGN"
        /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
        price: number | string
        /** In UTC */
        eventDate: string
        /** Ends a sentence: until Christmas */
        eventText: string
      }
    }, {
      agreementId: string
      uuid: string | null
      confirmationUrl: string | null
      /** Of the initial charge */
      chargeId: string | null
    }>
    /** Get an agreement. One agreement, with how it stands now. */
    getAgreement: Run<{
      /** As createRecurringAgreement gave it: agr_… */
      agreementId: string
    }, {
      agreementId: string
      uuid: string | null
      /** PENDING, ACTIVE, STOPPED or EXPIRED */
      status: string
      productName: string
      productDescription: string | null
      pricing: {
        type: string
        currency: string
        /** In øre or cents, as are all */
        amount: number | null
        suggestedMaxAmount: number | null
        /** What the customer chose */
        maxAmount: number | null
      }
      interval: {
        unit: string
        count: number
      } | null
      merchantAgreementUrl: string | null
      externalId: string | null
      createdAt: string | null
      startedAt: string | null
      stoppedAt: string | null
      /** For the profile, where it was asked for */
      subject: string | null
    }>
    /** List agreements. The agreements in one state, page by page; there is no list of all states together. */
    listAgreements: Run<{
      status?: "PENDING" | "ACTIVE" | "STOPPED" | "EXPIRED"
      createdAfter?: string
      limit?: number
      /** The nextCursor of the page before */
      cursor?: string
    }, {
      agreements: {
        agreementId: string
        uuid: string | null
        /** PENDING, ACTIVE, STOPPED or EXPIRED */
        status: string
        productName: string
        productDescription: string | null
        pricing: {
          type: string
          currency: string
          /** In øre or cents, as are all */
          amount: number | null
          suggestedMaxAmount: number | null
          /** What the customer chose */
          maxAmount: number | null
        }
        interval: {
          unit: string
          count: number
        } | null
        merchantAgreementUrl: string | null
        externalId: string | null
        createdAt: string | null
        startedAt: string | null
        stoppedAt: string | null
        /** For the profile, where it was asked for */
        subject: string | null
      }[]
      nextCursor: string | null
    }>
    /** Update an agreement. Changes what is given of an active agreement; its kind of pricing stays. Great changes of price need a new one. */
    updateAgreement: Run<{
      /** As createRecurringAgreement gave it: agr_… */
      agreementId: string
      productName?: string
      productDescription?: string
      agreementUrl?: string
      externalId?: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount?: number | string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      suggestedMaxAmount?: number | string
      /** null for one that is paid by use */
      interval?: {
        unit: "DAY" | "WEEK" | "MONTH" | "YEAR"
        count?: number
      } | null
    }, {
      agreementId: string
    }>
    /** Stop an agreement. Ends an agreement for good, and with it all charges that are not paid; capture what is reserved before. */
    stopAgreement: Run<{
      /** As createRecurringAgreement gave it: agr_… */
      agreementId: string
    }, {
      agreementId: string
    }>
    /** Accept a test agreement. Approves an agreement in place of its customer; only in the test environment, for users known there. */
    acceptTestAgreement: Run<{
      /** As createRecurringAgreement gave it: agr_… */
      agreementId: string
      /** With its country, as in +4791234567; eight digits are Norwegian */
      phoneNumber: string
    }, {
      agreementId: string
    }>
    /** Create a charge. Charges an active agreement on a day to come: a day ahead at least, two years at most. */
    createCharge: Run<{
      agreementId: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      /** What the customer reads in the app */
      description: string
      /** Tomorrow in Norway, the soonest there is, unless given */
      due?: string
      /** So many days Vipps tries again after the due date */
      retryDays?: number
      /** RESERVE_CAPTURE for what is sent: it has to be captured then */
      transactionType?: "DIRECT_CAPTURE" | "RESERVE_CAPTURE"
      /** UNSCHEDULED is charged at once and never tried again; it has to be ordered */
      type?: "RECURRING" | "UNSCHEDULED"
      /** Becomes the chargeId; unique for the sales unit */
      orderId?: string
      externalId?: string
      processingMode?: "MULTIPLE_ATTEMPTS" | "SINGLE_ATTEMPT"
    }, {
      agreementId: string
      chargeId: string
    }>
    /** Get a charge. One charge, with how it stands now. */
    getCharge: Run<{
      agreementId: string
      chargeId: string
    }, {
      chargeId: string
      agreementId: string | null
      /** May jump ahead: from PENDING to REFUNDED, say */
      status: string
      type: string | null
      transactionType: string | null
      /** In øre or cents, as are all */
      amount: number
      currency: string | null
      captured: number
      refunded: number
      cancelled: number
      description: string | null
      due: string | null
      retryDays: number | null
      externalId: string | null
      transactionId: string | null
      /** Whether the customer, the maximum or something technical is in the way */
      failureReason: string | null
      failureDescription: string | null
    }>
    /** List charges. The charges of an agreement, its initial one included. */
    listCharges: Run<{
      agreementId: string
      status?: "PENDING" | "DUE" | "PROCESSING" | "RESERVED" | "CHARGED" | "PARTIALLY_CAPTURED" | "FAILED" | "CANCELLED" | "PARTIALLY_REFUNDED" | "REFUNDED"
      /** The nextCursor of the page before; it is good for some minutes */
      cursor?: string
    }, {
      charges: {
        chargeId: string
        agreementId: string | null
        /** May jump ahead: from PENDING to REFUNDED, say */
        status: string
        type: string | null
        transactionType: string | null
        /** In øre or cents, as are all */
        amount: number
        currency: string | null
        captured: number
        refunded: number
        cancelled: number
        description: string | null
        due: string | null
        retryDays: number | null
        externalId: string | null
        transactionId: string | null
        /** Whether the customer, the maximum or something technical is in the way */
        failureReason: string | null
        failureDescription: string | null
      }[]
      nextCursor: string | null
    }>
    /** Capture a charge. Takes all or part of what a charge has reserved. */
    captureCharge: Run<{
      agreementId: string
      chargeId: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      description: string
    }, {
      agreementId: string
      chargeId: string
    }>
    /** Refund a charge. Gives back all or part of what a charge took, within 365 days. */
    refundCharge: Run<{
      agreementId: string
      chargeId: string
      /** In øre (or cents) as a whole number, or in kroner (or euro) as text with two decimals: '499.00' */
      amount: number | string
      description: string
    }, {
      agreementId: string
      chargeId: string
    }>
    /** Cancel a charge. Ends a charge before it is paid, or releases what is reserved and not captured. */
    cancelCharge: Run<{
      agreementId: string
      chargeId: string
    }, {
      agreementId: string
      chargeId: string
    }>
  }
  /** Vipps Webhooks */
  vippsWebhooks: {
    /** Test the connection. Says whether the keys are good, by listing what is registered. */
    testConnection: Run<Record<string, never>, {
      merchantSerialNumber: string | null
      webhooks: number
    }>
    /** Register a webhook. Has events sent to a public https address, at most 25 for each event. The secret is shown this once: who loses it registers anew. */
    registerWebhook: Run<{
      url: string
      events: ("epayments.payment.created.v1" | "epayments.payment.authorized.v1" | "epayments.payment.aborted.v1" | "epayments.payment.expired.v1" | "epayments.payment.terminated.v1" | "epayments.payment.captured.v1" | "epayments.payment.cancelled.v1" | "epayments.payment.refunded.v1" | "recurring.agreement-activated.v1" | "recurring.agreement-rejected.v1" | "recurring.agreement-stopped.v1" | "recurring.agreement-expired.v1" | "recurring.charge-reserved.v1" | "recurring.charge-captured.v1" | "recurring.charge-canceled.v1" | "recurring.charge-refunded.v1" | "recurring.charge-failed.v1" | "recurring.charge-creation-failed.v1" | "login.merchant-initiated.ping.v1" | "user.checked-in.v1")[]
    }, {
      id: string
      secret: string
    }>
    /** List webhooks. All that is registered for the sales unit, in one page; one that did not answer for two weeks is gone. */
    listWebhooks: Run<Record<string, never>, {
      webhooks: {
        id: string
        url: string
        events: string[]
      }[]
      nextCursor: string | null
    }>
    /** Delete a webhook. Ends a registration; to change one, register the new one first and delete the old one then. */
    deleteWebhook: Run<{
      id: string
    }, {
      id: string
    }>
  }
}
