import { existsSync, readFileSync } from 'node:fs'
import type { CatalogueEntry, Provider, SampleDelivery } from './define-provider.ts'
import { altinn } from './services/altinn/altinn.ts'
import { apiKey } from './services/api-key/api-key.ts'
import { asana } from './services/asana/asana.ts'
import { auth0 } from './services/auth0/auth0.ts'
import { awsSigV4 } from './services/aws-sigv4/aws-sigv4.ts'
import { bankid } from './services/bankid/bankid.ts'
import { bankidSe } from './services/bankid-se/bankid-se.ts'
import { basicAuth } from './services/basic-auth/basic-auth.ts'
import { clientCertificate } from './services/client-certificate/client-certificate.ts'
import { clientCredentials } from './services/client-credentials/client-credentials.ts'
import { customAuth } from './services/custom-auth/custom-auth.ts'
import { deviceCode } from './services/device-code/device-code.ts'
import { entra } from './services/entra/entra.ts'
import { github } from './services/github/github.ts'
import { google } from './services/google/google.ts'
import { hubspot } from './services/hubspot/hubspot.ts'
import { idPorten } from './services/id-porten/id-porten.ts'
import { jwtBearer } from './services/jwt-bearer/jwt-bearer.ts'
import { keycloak } from './services/keycloak/keycloak.ts'
import { maskinporten } from './services/maskinporten/maskinporten.ts'
import { microsoft } from './services/microsoft/microsoft.ts'
import { microsoftTeams } from './services/microsoft-teams/microsoft-teams.ts'
import { oauth1 } from './services/oauth-1/oauth-1.ts'
import { oauth2 } from './services/oauth2/oauth2.ts'
import { okta } from './services/okta/okta.ts'
import { paypal } from './services/paypal/paypal.ts'
import { salesforce } from './services/salesforce/salesforce.ts'
import { sendgrid } from './services/sendgrid/sendgrid.ts'
import { signedJwt } from './services/signed-jwt/signed-jwt.ts'
import { slack } from './services/slack/slack.ts'
import { stripe } from './services/stripe/stripe.ts'
import { twilio } from './services/twilio/twilio.ts'
import { twoStep } from './services/two-step/two-step.ts'
import { vippsLogin } from './services/vipps-login/vipps-login.ts'
import { vippsPayment } from './services/vipps-payment/vipps-payment.ts'
import { vippsRecurring } from './services/vipps-recurring/vipps-recurring.ts'
import { vippsWebhooks } from './services/vipps-webhooks/vipps-webhooks.ts'

/** Every provider, by id, in the order in which they are shown. Their files are read once, when this is imported. */
export const catalogue: ReadonlyMap<string, CatalogueEntry> = new Map(
  [
    ...[github, google, slack, microsoft, microsoftTeams, stripe],
    ...[vippsLogin, vippsPayment, vippsRecurring, vippsWebhooks],
    ...[asana, hubspot, salesforce],
    ...[paypal, sendgrid, twilio],
    ...[entra, okta, auth0, keycloak],
    ...[idPorten, maskinporten, altinn, bankid, bankidSe],
    ...[oauth2, apiKey, basicAuth, clientCredentials, jwtBearer, signedJwt],
    ...[deviceCode, oauth1, twoStep, clientCertificate, awsSigV4, customAuth],
  ].map((provider) => [provider.id, load(provider)]),
)

/** The provider of this id, or undefined. */
export function findProvider(id: string): CatalogueEntry | undefined {
  return catalogue.get(id)
}

function load(provider: Provider): CatalogueEntry {
  const folder = new URL(`./services/${provider.id}/`, import.meta.url)
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8')
  const entry: CatalogueEntry = { ...provider, logo: read('logo.svg').trim(), setup: read('setup.md').trim() }
  if (existsSync(new URL('samples.json', folder))) entry.sampleDelivery = sampleDelivery(read('samples.json'))
  return entry
}

/** A body is written as JSON in the file, for reading; what is sent is its compact form. */
function sampleDelivery(file: string): SampleDelivery {
  const { delivery } = JSON.parse(file) as { delivery: { headers: Record<string, string>; body: unknown } }
  const body = typeof delivery.body === 'string' ? delivery.body : JSON.stringify(delivery.body)
  return { headers: delivery.headers, body }
}
