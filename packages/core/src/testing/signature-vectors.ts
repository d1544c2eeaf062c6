import type { Delivery, SignatureScheme } from '../signatures/signature-scheme.ts'
import { sendgridHook, standardWebhooks, vendorSchemes, vonageMessagesHook } from '../signatures/vendor-schemes.ts'

/** A delivery that is known to carry the right signature, to hold any verifier of webhooks against. */
export interface SignatureVector {
  /** Whose it is; where it says so, published by them. */
  name: string
  /** How the provider signs, for `verifySignature`. */
  scheme: SignatureScheme
  secret: string
  /** A time at which it is not stale, in ISO 8601. Absent where no time is signed or any is taken. */
  now?: string
  /** Header names are in lower case; the body is text, of which the bytes in UTF-8 are signed. */
  delivery: Omit<Delivery, 'body' | 'headers'> & { headers: Record<string, string>; body: string }
}

const contactCreated =
  '{"type":"contact.created","timestamp":"2022-11-03T20:26:10.344522Z","data":{"id":"1f81eb52-5198-4599-803e-771906343485"}}'
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const json = { 'content-type': 'application/json' }
const twilioParameters = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
}
const boxHeaders = {
  'box-signature-version': '1',
  'box-signature-algorithm': 'HmacSHA256',
  'box-delivery-timestamp': '2020-01-01T00:00:00-07:00',
}
const boxBody =
  '{"type":"webhook_event","webhook":{"id":"1234567890"},"trigger":"FILE.UPLOADED","source":{"id":"1234567890","type":"file","name":"Test.txt"}}'
const bambooHeaders = { 'x-bamboohr-timestamp': '1658248023' }
const vonageParameters = {
  'message-timestamp': '2013-11-21 15:27:30',
  messageId: '461',
  msisdn: '447700900001',
  text: 'Hello & a=b',
  timestamp: '1385047698',
  to: '447700900000',
  type: 'text',
  sig: '157e22d02bcaa83dacbdaf089f90862db482ef14f371d556c5b00cd67093ac7b',
}

/**
 * Deliveries with their secrets and signatures: of GitHub, Slack, Stripe, Standard Webhooks (symmetric and asymmetric),
 * Twilio, HubSpot, SendGrid, Vipps, Box, Mailgun, Tripletex, BambooHR, Cloudinary, Vonage, UploadThing, Asana, Dropbox,
 * Segment and Snyk.
 */
export const signatureVectors: readonly SignatureVector[] = [
  {
    name: "GitHub's published example",
    scheme: vendorSchemes.githubHook,
    secret: "It's a Secret to Everybody",
    delivery: {
      headers: { 'x-hub-signature-256': 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17' },
      body: 'Hello, World!',
    },
  },
  {
    name: "Slack's published example",
    scheme: vendorSchemes.slackHook,
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    now: '2018-07-12T18:36:58Z',
    delivery: {
      headers: {
        'x-slack-request-timestamp': '1531420618',
        'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
      },
      body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    },
  },
  {
    name: 'Stripe, whose secret is used as text',
    scheme: vendorSchemes.stripeHook,
    secret: 'whsec_test_secret',
    now: '2023-11-14T22:15:00Z',
    delivery: {
      headers: {
        'stripe-signature': 't=1700000000,v1=01ca921a2d163b3d0eab0730db839447ef0c689a2447421bc7a1a961ad5ff56b',
      },
      body: '{"id":"evt_1Test","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","amount":19900,"currency":"nok"}}}',
    },
  },
  {
    name: "Twilio's published form",
    scheme: vendorSchemes.twilioHook,
    secret: '12345',
    delivery: {
      url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
      headers: { ...form, 'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' },
      body: new URLSearchParams(twilioParameters).toString(),
    },
  },
  {
    name: "Twilio's published JSON",
    scheme: vendorSchemes.twilioHook,
    secret: '12345',
    delivery: {
      url: 'https://mycompany.com/myapp.php?foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620',
      headers: { ...json, 'x-twilio-signature': 'a9nBmqA0ju/hNViExpshrM61xv4=' },
      body: '{"property": "value", "boolean": true}',
    },
  },
  {
    name: 'a Twilio status callback',
    scheme: vendorSchemes.twilioHook,
    secret: 'twilio_auth_token_test',
    delivery: {
      url: 'https://hooks.example.no/in/twilio?c=42',
      headers: { ...form, 'x-twilio-signature': 'lSv3oIcD7ekbcgWb8tA5Xi5ULHU=' },
      body: new URLSearchParams({
        To: '+4791234567',
        MessageStatus: 'delivered',
        MessageSid: 'SM00000000000000000000000000000001',
        From: '+4759440000',
        ApiVersion: '2010-04-01',
        AccountSid: 'AC00000000000000000000000000000001',
      }).toString(),
    },
  },
  {
    name: 'HubSpot v3',
    scheme: vendorSchemes.hubspotHook,
    secret: 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy',
    now: '2023-11-14T22:13:20Z',
    delivery: {
      method: 'POST',
      url: 'https://hooks.example.com/hubspot/webhook',
      headers: {
        'x-hubspot-request-timestamp': '1700000000000',
        'x-hubspot-signature-v3': 'Uhj3m2P0fUQ5eTBmwY2V4R/OuwW4kFuwasaJtaUY1hk=',
      },
      body: '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"appId":54321,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123}]',
    },
  },
  {
    name: "SendGrid's published events, with their last line break",
    scheme: sendgridHook,
    secret:
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
    now: '2020-09-14T19:41:42Z',
    delivery: {
      headers: {
        'x-twilio-email-event-webhook-timestamp': '1600112502',
        'x-twilio-email-event-webhook-signature':
          'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
      },
      body: '[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n',
    },
  },
  {
    name: "Vipps' published webhook",
    scheme: vendorSchemes.vippsHook,
    secret: 'A0+AeKBRG2KRGvnNwJpQlb6IJFk48CKXCIcrLoHncVJKDILsQSxS6NWCccwWm6r6FhGKhiHTBsG2wo/xU6FY/A==',
    delivery: {
      method: 'POST',
      url: 'https://webhook.site/e2cee29b-012e-4f1d-8ef4-e95fd74a7a63',
      headers: {
        'x-ms-date': 'Thu, 30 Mar 2023 08:38:32 GMT',
        'x-ms-content-sha256': 'lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=',
        authorization:
          'HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=agAiSyogQbDHpeucoNwYz+yAr5nJ+v+zasdkSbqzv+U=',
      },
      body: '{"some-unique-content":"ee6e441b-cc4a-46f8-895d-a5af79bcc233/hello-world"}',
    },
  },
  {
    name: 'a Vipps webhook with a query',
    scheme: vendorSchemes.vippsHook,
    secret: '090a478d-37ff-4e77-970e-d457aeb26a3a',
    delivery: {
      method: 'POST',
      url: 'https://example.com/hooks/vipps?tenant=42',
      headers: {
        'x-ms-date': 'Mon, 19 Jan 2026 16:26:33 GMT',
        'x-ms-content-sha256': 'RPYlXrJ8cvZrUj9Od+KEKzwh+CcAKTQFt4l56m3OK24=',
        authorization:
          'HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=oV3h21HC6eogu39Ek5JcwGq93pl52vBFbLTGUizJ9/o=',
      },
      body: '{"msn":"123456","reference":"acme-shop-123-order123abc","pspReference":"dd8e0a8e-2b26-40ed-98f1-1d5832fc129f","name":"AUTHORIZED","amount":{"currency":"NOK","value":49900},"timestamp":"2026-01-19T16:26:32.099Z","idempotencyKey":"7c8b81e7-b08b-46e4-9729-191cb801c132","success":true}',
    },
  },
  {
    name: "Box' published sample, by the primary key",
    scheme: vendorSchemes.boxHook,
    secret: 'SamplePrimaryKey',
    now: '2020-01-01T07:05:00Z',
    delivery: {
      headers: { ...boxHeaders, 'box-signature-primary': '6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI=' },
      body: boxBody,
    },
  },
  {
    name: "Box' published sample, by the secondary key",
    scheme: vendorSchemes.boxHook,
    secret: 'SampleSecondaryKey',
    now: '2020-01-01T07:05:00Z',
    delivery: {
      headers: {
        ...boxHeaders,
        'box-signature-primary': '6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI=',
        'box-signature-secondary': 'v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo=',
      },
      body: boxBody,
    },
  },
  {
    name: 'Mailgun, whose signature is in the body',
    scheme: vendorSchemes.mailgunHook,
    secret: 'mailgun_signing_key_test',
    delivery: {
      headers: json,
      body: '{"signature":{"timestamp":"1770920772","token":"e0b5477167110d68991efc6b9f89f0a11066af27834600e123","signature":"08008468f672a6df30c5c1f2a73f0355fdb102134aead78456464545150a41a5"},"event-data":{"event":"delivered"}}',
    },
  },
  {
    name: 'Tripletex',
    scheme: vendorSchemes.tripletexHook,
    secret: 'shhh-tripletex-test',
    delivery: {
      headers: {
        'idempotency-key': '5b1f0f6e-7d0c-4a57-9a0c-2f3d1c9e8b11',
        'x-request-signature':
          'FP2RwUIDDH4BWcVKQBts617rBrUtOhKVauAFLfJamqnFPWqsezrcjYgEv9Rxga4vJaeBgjUQoen2kdp7SOUrzg==',
      },
      body: '{"subscriptionId":42,"event":"customer.update","id":1001,"value":{"id":1001,"version":3,"name":"Nordlys AS"}}',
    },
  },
  {
    name: 'BambooHR, fields',
    scheme: vendorSchemes.bamboohrHook,
    secret: '123b929362d51613054f71e5e5d4bf2c',
    now: '2022-07-19T16:28:00Z',
    delivery: {
      headers: {
        ...bambooHeaders,
        'x-bamboohr-signature': '56491dd9c2b352bc5f4fc627159aae20ddff9c8cb19f239a6de6771dc5310bac',
      },
      body: '{"employees":[{"changedFields":["First name"],"fields":{"Employee #":{"value":"300"},"First name":{"value":"Tefi"},"Last name":{"value":"Adams"}},"id":"5"}]}',
    },
  },
  {
    name: 'BambooHR, event',
    scheme: vendorSchemes.bamboohrHook,
    secret: '123b929362d51613054f71e5e5d4bf2c',
    now: '2022-07-19T16:28:00Z',
    delivery: {
      headers: {
        ...bambooHeaders,
        'x-bamboohr-signature': '834df3107b2ccfb8b929f17e7cd564a8571100f941d9d1a6639d30ebe019f4c1',
      },
      body: '{"type":"employee.updated","timestamp":"2026-01-31T18:42:00+0000","data":{"companyId":"12345","employeeId":"67890","changedFields":["firstName"]}}',
    },
  },
  {
    name: 'Cloudinary, which hashes the secret last',
    scheme: vendorSchemes.cloudinaryHook,
    secret: 'abcd',
    now: '2026-01-01T00:30:00Z',
    delivery: {
      headers: { 'x-cld-timestamp': '1767225600', 'x-cld-signature': 'dc639f5ebb68a808acd763c934cd764915085a16' },
      body: '{"notification_type":"upload","public_id":"x"}',
    },
  },
  {
    name: "Vonage's SMS webhook as a form",
    scheme: vendorSchemes.vonageSmsHook,
    secret: 'my_secret_key_for_testing',
    now: '2013-11-21T15:28:18Z',
    delivery: { headers: form, body: new URLSearchParams(vonageParameters).toString() },
  },
  {
    name: "Vonage's SMS webhook as JSON, with upper-case hex",
    scheme: vendorSchemes.vonageSmsHook,
    secret: 'my_secret_key_for_testing',
    now: '2013-11-21T15:28:18Z',
    delivery: {
      headers: json,
      body: JSON.stringify({ ...vonageParameters, sig: vonageParameters.sig.toUpperCase() }),
    },
  },
  {
    name: "Vonage's SMS webhook by GET",
    scheme: vendorSchemes.vonageSmsByGetHook,
    secret: 'my_secret_key_for_testing',
    now: '2013-11-21T15:28:18Z',
    delivery: { url: `https://hooks.example.no/sms?${new URLSearchParams(vonageParameters)}`, headers: {}, body: '' },
  },
  {
    name: "Vonage's Messages webhook, a token",
    scheme: vonageMessagesHook,
    secret: 'vonage_signature_secret_test_0123456789abcdef',
    now: '2026-01-02T03:05:00Z',
    delivery: {
      headers: {
        authorization:
          'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3NjczMjMwNDUsImp0aSI6IjExMTExMTExLTIyMjItNDMzMy04NDQ0LTU1NTU1NTU1NTU1NSIsImlzcyI6IlZvbmFnZSIsInBheWxvYWRfaGFzaCI6IjE4ZGUzMDU3N2IwYjUwNDQ2ZThiZjgyMjc0ZDdiZjUzMTM0NmI5Y2NjZmM3MWNlODcyOWI3YjVhMTJiZDY2NzIiLCJhcGlfa2V5IjoiYTFiMmMzZDQiLCJhcHBsaWNhdGlvbl9pZCI6ImFhYWFhYWFhLWJiYmItY2NjYy1kZGRkLTAxMjM0NTY3ODlhYiJ9.WJDvq0pXczAsbB6bgzEraJnvsWY378m5PDqBqWY7ebs',
      },
      body: '{"message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab","to":"4791234567","from":"4759440000","timestamp":"2026-01-02T03:04:05Z","status":"delivered","channel":"sms"}',
    },
  },
  {
    name: "UploadThing's signed URL",
    scheme: vendorSchemes.uploadthingUrlHook,
    secret: 'sk_live_test',
    delivery: {
      url: 'https://myapp.ufs.sh/f/abc123?expires=1767225600000&signature=hmac-sha256%3D08e72c195cd72122f77d0368c046ee0d372fc4effe0504b706e8120c65bf7ece',
      headers: {},
      body: '',
    },
  },
  {
    name: "UploadThing's callback",
    scheme: vendorSchemes.uploadthingHook,
    secret: 'sk_live_test',
    delivery: {
      headers: {
        'x-uploadthing-signature': 'hmac-sha256=27958ed482b349b0a6b95ee25d13f9991e22364bf6982e26508d7c5effdb7e01',
      },
      body: '{"status":"uploaded"}',
    },
  },
  {
    name: "Asana's heartbeat",
    scheme: vendorSchemes.asanaHook,
    secret: 'b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81',
    delivery: {
      headers: { 'x-hook-signature': '10468027b67df18c739cc4794c6fc2d2806dcaaf2259fc3e1ed9d26433659853' },
      body: '{"events":[]}',
    },
  },
  {
    name: "Asana's event",
    scheme: vendorSchemes.asanaHook,
    secret: 'b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81',
    delivery: {
      headers: { 'x-hook-signature': '35f4de3a65455f6332f85c16e299522f0735b40704dfe3431a722c2e8ba20373' },
      body: '{"events":[{"action":"changed","resource":{"gid":"1337","resource_type":"task"},"parent":null,"created_at":"2013-08-21T18:20:37.972Z","user":{"gid":"1123","resource_type":"user"}}]}',
    },
  },
  {
    name: 'Dropbox',
    scheme: vendorSchemes.dropboxHook,
    secret: 'appsecret',
    delivery: {
      headers: { 'x-dropbox-signature': '913c7c65b18887aac97bb47e0afbe164ea68b230da25ca31edb53e4d93509b21' },
      body: '{"list_folder": {"accounts": ["dbid:AAH4f99T0taONIb-OurWxbNQ6ywGRopQngc"]}, "delta": {"users": [4245623]}}',
    },
  },
  {
    name: 'Segment',
    scheme: vendorSchemes.segmentHook,
    secret: 'sharedsecretvalue',
    delivery: {
      headers: { 'x-signature': '981cc64cd3bf15a76228f4f488a17b53ad9fdecb' },
      body: '{"type":"track","event":"Order Completed","userId":"u_1","messageId":"m-1"}',
    },
  },
  {
    name: 'Snyk',
    scheme: vendorSchemes.snykHook,
    secret: 'my-snyk-secret',
    delivery: {
      headers: { 'x-hub-signature': 'sha256=e2f5e01d0f902e6f7ffcaca1eb53ef39a367504d94c0f981dafb9dd75392f39b' },
      body: '{"project":{"id":"p1"},"org":{"id":"o1"},"newIssues":[],"removedIssues":[]}',
    },
  },
  ...[
    {
      name: 'Standard Webhooks v1, by the key 0123…cdef',
      secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
      id: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
      timestamp: '1674087231',
      signature: 'v1,bAo/ZbQILxvdozo/ynbX/OmAvBCBNauT8tvtBLFrDCI=',
      body: contactCreated,
    },
    {
      name: 'Standard Webhooks v1, by the key fedc…3210',
      secret: 'whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=',
      id: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
      timestamp: '1674087231',
      signature: 'v1,831UDe7tE9OgLYPcFgQgy3gV/ofW78bxBdP6Rw2XtZM=',
      body: contactCreated,
    },
    {
      name: 'Standard Webhooks v1, a body beyond ASCII',
      secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
      id: 'msg_u',
      timestamp: '1674087231',
      signature: 'v1,aCey26DQQBpOhGNR72n8G8Febv+0RmfGIE5YsjZnXv0=',
      body: '{"name":"Åse — 日本"}',
    },
    {
      name: 'Standard Webhooks v1, by the key of the Svix server tests',
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: '1614265330',
      signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      body: '{"test": 2432232314}',
    },
    {
      name: 'Standard Webhooks v1a, by the key of the Svix server tests',
      secret: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: '1614265330',
      signature: 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
      body: '{"test": 2432232314}',
    },
    {
      name: 'Standard Webhooks v1a, by the key 00…1f',
      secret: 'whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=',
      id: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
      timestamp: '1674087231',
      signature: 'v1a,9WMPN5fBW9vm1uGlvFzBO4lpdfFKN4AQCSr2vrWsFuOibXSOTWlcWrPRSWk+YpmD9fAwgYREKtLcYCyZrvXFBw==',
      body: contactCreated,
    },
  ].map(({ name, secret, id, timestamp, signature, body }) => ({
    name,
    scheme: standardWebhooks,
    secret,
    now: new Date(Number(timestamp) * 1000).toISOString(),
    delivery: {
      headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature },
      body,
    },
  })),
]
