export { certificateUrl } from './certificate.ts'
export { type CertificateChain, verifyCertificateChain } from './certificate-chain.ts'
export { generateSecret } from './generate-secret.ts'
export { answerHandshake, type Handshake, type HandshakeAnswer, type HandshakeReply } from './handshake.ts'
export { type Body, fieldValues, readBody, readQuery } from './read-place.ts'
export { createMemoryReplayCache, type ReplayCache } from './replay-cache.ts'
export { secretHeaders } from './secret-headers.ts'
export { signDelivery } from './sign-delivery.ts'
export { type SignedRequest, type SignOptions, signRequest, type UnsignedRequest } from './sign-request.ts'
export type {
  AddressScheme,
  AllOfScheme,
  BasicScheme,
  BodyTokenScheme,
  CertificateScheme,
  ClientCertificateScheme,
  Delivery,
  HmacScheme,
  JwtScheme,
  PublicKeyScheme,
  QueryTokenScheme,
  SignatureFailure,
  SignatureRejection,
  SignatureResult,
  SignatureScheme,
  StandardWebhooksScheme,
  TokenScheme,
  VerifyOptions,
} from './signature-scheme.ts'
export { signedBytes } from './signed-bytes.ts'
export type { Place, SignaturePlace, SignedContent, TimestampFormat } from './signed-content.ts'
export { generateSigningKeys } from './standard-webhooks.ts'
export { valuesAt } from './values-at.ts'
export { verifyOnce } from './verify-once.ts'
export { verifySignature } from './verify-signature.ts'
