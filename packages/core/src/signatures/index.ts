export { generateSecret } from './generate-secret.ts'
export { signDelivery } from './sign-delivery.ts'
export type {
  BodyTokenScheme,
  Delivery,
  HmacScheme,
  SignatureFailure,
  SignatureRejection,
  SignatureResult,
  SignatureScheme,
  StandardWebhooksScheme,
  TokenScheme,
} from './signature-scheme.ts'
export { verifySignature } from './verify-signature.ts'
