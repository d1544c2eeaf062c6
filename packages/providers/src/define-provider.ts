import type { ProviderFailure } from '@koble/core/errors'
import type { ClientAuthentication, OAuthQuirks, OAuthSettings, SigningKey } from '@koble/core/oauth'
import type { Handshake, Place, SignatureScheme } from '@koble/core/signatures'
import type { AuthMethod } from './auth-method.ts'
import type { WebhookRegistration } from './webhook-registration.ts'

/** One field of a set-up form, declared once: validation, masking, forms and prompts come from it. */
export interface Field {
  key: string
  label: string
  help?: string
  /** Never shown again once saved. */
  secret?: boolean
  /** Of several lines, such as a key in PEM form. */
  multiline?: boolean
  /** True unless said otherwise. */
  required?: boolean
  /** A regular expression that the whole value must match. */
  pattern?: string
  patternMessage?: string
  example?: string
  default?: string
  options?: { value: string; label: string }[]
}

/** A value the integration's config chooses: `config[fromConfig]` is a key of `choose`. The resolver takes its place. */
export interface FromConfig<T> {
  fromConfig: string
  choose: Record<string, T>
}

export interface Scope {
  name: string
  /** What the account's owner is told before consenting, as a half-sentence: "Read your calendar". */
  description: string
  /** Asked for unless the integration says otherwise. */
  default?: boolean
  /** Grants writing, or reading of private content. */
  sensitive?: boolean
  /** Narrower scopes that it contains, where the provider then names it alone. */
  includes?: string[]
  /** The provider does not name it among those granted (Entra ID's `offline_access`). */
  unnamed?: boolean
}

/**
 * How a grant is ended where there is no RFC 7009 endpoint: one call with the client's id and secret by HTTP Basic.
 * Paths are below the API's base; `{clientId}` stands for the integration's.
 */
export interface Revocation {
  method: 'DELETE' | 'POST'
  /** Ends all that the account granted the client. */
  path: string
  /** Ends one token alone: for an account that is still connected by somebody else. */
  tokenPath?: string
  /** The field of the JSON body that carries the access token. */
  tokenField: string
}

/** Scopes that make up a usual task, the fewest that do: what a form offers as one click. */
export interface ScopePreset {
  /** Kebab-case, unique within the provider. */
  id: string
  label: string
  /** What one can do with it, as a half-sentence. */
  description: string
  /** Names of scopes that the provider declares. */
  scopes: string[]
}

/**
 * OAuth 2.0 authorization code, optionally OpenID Connect. URLs may hold `{field}` placeholders that the
 * integration's config fills (a tenant, a region, a whole URL for the generic provider). A value whose placeholder
 * names an optional field left empty is left out as a whole. What is not explained here is in `OAuthSettings`.
 */
export interface OAuth2Auth extends Partial<Pick<OAuthSettings, OAuthAddress | 'assertionAudience'>> {
  type: 'oauth2'
  authorizationUrl: string
  tokenUrl: string
  revocation?: Revocation
  /** `S256` wherever the provider takes it. */
  pkce: 'S256' | 'none' | FromConfig<'S256' | 'none'>
  /** Implies the fields of the client's proof: `clientSecret`, or `privateKey` and `keyId`. */
  clientAuthentication: ClientAuthentication | FromConfig<ClientAuthentication>
  /** Needed with `private_key_jwt`. With `certificateHeader` the field `certificate` is implied, too. */
  clientKey?: Pick<SigningKey, 'certificateHeader'> & {
    algorithm: SigningKey['algorithm'] | FromConfig<SigningKey['algorithm']>
  }
  /** Extra query parameters of the authorization request (`access_type=offline`, `audience`, `resource`). */
  authorizationParams?: Record<string, string>
  /** Placeholders may name secret fields, too (`Ocp-Apim-Subscription-Key`). */
  requestHeaders?: Record<string, string>
  /** Tokens are bound to a key that is made with the integration (RFC 9449). */
  dpop?: true
  /** How refresh tokens behave; `rotates` when each refresh brings a new one and ends the old. */
  refresh: 'none' | 'stable' | 'rotates'
  /** A refresh token that is not used for so long dies; one that the answer gives an end of its own needs none. */
  refreshTokenLifetimeDays?: number
  /** Parameters of an authorization request by which new scopes come on top of those granted (Google). */
  incrementalParams?: Record<string, string>
  /** When the answer carries no `expires_in`; absent means the token does not expire. */
  defaultExpiresInSeconds?: number
  /** OpenID Connect: id tokens are checked (signature, iss, aud, azp, exp, iat, nonce, at_hash). */
  oidc?: {
    /** May hold `{tid}`, which is taken from the token and then checked against the JWKS' tenant (Entra ID). */
    issuer: string
    jwksUri: string
    algorithms?: string[]
    issuerInCallback?: boolean
    /** Of these authentication context classes one must be what the id token says: how sure the sign-in was. */
    acrValues?: string[] | FromConfig<string[]>
  }
  quirks?: OAuthQuirks | FromConfig<OAuthQuirks>
  /** Empty when the organization names the scopes itself. */
  scopes: Scope[]
}

/** Further addresses of a provider's authorization server. */
export type OAuthAddress =
  | 'revocationUrl'
  | 'pushedAuthorizationUrl'
  | 'deviceAuthorizationUrl'
  | 'introspectionUrl'
  | 'endSessionUrl'

/**
 * Where a key goes: a header (with an optional prefix in its value), a query parameter, or a field of the body, which
 * must then be a form or a JSON object.
 */
export interface KeyPlacement {
  in: 'header' | 'query' | 'body'
  name: string
  /** Placeholders name connection fields: `Bearer {apiKey}`. */
  value: string
}

/** HTTP Basic made of two credentials (RFC 7617), of which one may be empty by design. */
export interface BasicPlacement {
  in: 'basic'
  username: string
  password: string
}

/** A long-lived key the account's owner pastes in. */
export interface ApiKeyAuth {
  type: 'api_key'
  placement: KeyPlacement | BasicPlacement | FromConfig<KeyPlacement>
  scopes?: Scope[]
}

/**
 * Where in a delivery a value is found; a list takes the first that is there, `join` needs all of its parts. `each`
 * is for deliveries that carry several events: it reads `of` from every item at the path, needs all of them, and joins.
 */
export type Source =
  | Place
  | { constant: string }
  | { join: Source[]; with: string }
  | { each: string; of: Source; with: string }
  | Source[]

export interface Webhooks {
  signature: SignatureScheme
  /**
   * Who makes the secret: we (and the user pastes it at the provider), or the provider (and the user pastes it here,
   * unless a handshake brings it).
   */
  secretFrom: 'koble' | 'provider'
  eventType: Source
  /** The provider's own id of the event: what makes a duplicate a duplicate. When absent, the body's SHA-256 serves. */
  eventId?: Source
  /** Which account it concerns; matched with a connection's account id or `accountKeys`. */
  account?: Source
  /** Requests by which the provider checks that the endpoint is ours. */
  handshakes?: readonly Handshake[]
  /** Event types to offer, the usual ones first. */
  events: string[]
  /** Markdown: where to enter URL and secret at the provider. */
  setup: string
  /** Where the provider's API takes URL and secret, so that nobody has to enter them. */
  registration?: WebhookRegistration
}

/** At most so many requests in any window of so many seconds; several of a list hold at the same time. */
export interface RateLimit {
  requests: number
  perSeconds: number
}

export interface RateLimits {
  /** All connections of an integration together (the app's limit). */
  integration?: RateLimit[]
  /** Each connection by itself (the account's limit). */
  connection?: RateLimit[]
  /** Paths below the API's base, `*` standing for any characters. */
  endpoints?: { method?: string; path: string; per: 'integration' | 'connection'; limits: RateLimit[] }[]
  /** So many calls at once. */
  maxConcurrent?: number
}

/** How answers tell of failures, beyond their status. Paths are those of `valuesAt`; of several the first that is there. */
export interface ErrorFormat {
  code?: string[]
  message?: string[]
  /** Of an answer with status 200: it failed when this is `false` (Slack's `ok`). */
  okField?: string
  /** Of an answer with status 200: it failed when there is something here (the `errors` of GraphQL). */
  errorField?: string
  /** What the provider's own codes mean where the status says something else. */
  failures?: Record<string, ProviderFailure>
  /** What statuses mean where HTTP has them mean something else (423 for a lock that is soon free). */
  statuses?: Record<number, ProviderFailure>
  /** What a status means where a header or the words beside it say so; the first that fits counts, before `statuses`. */
  rules?: ErrorRule[]
}

/** A refusal that means something else than its status does, told by a header, by words, or by both. */
export interface ErrorRule {
  status: number
  /** In lower case; it is there, with this value where one is given. */
  header?: { name: string; equals?: string }
  /** The text at a path holds one of these, in whatever case. */
  says?: { at: string; oneOf: string[] }
  means: ProviderFailure
}

/** A GraphQL API of the provider. Paths may hold `{field}` placeholders. */
export interface GraphqlApi {
  /** Below the API's base, with a leading slash. */
  path: string
  /**
   * Where the integration's own base of the API ends in `basePath`, GraphQL lies at `path` in its place, beside the API
   * (GitHub Enterprise Server). Both begin with the same folder.
   */
  beside?: { basePath: string; path: string }
  /** Where subscriptions over a WebSocket are opened, when that is another path. */
  subscriptionPath?: string
  /** The provider takes the hash of a document in its place (automatic persisted queries). */
  apq?: boolean
  /** The points an account may spend, where the answers do not say so. */
  points?: {
    perSecond?: number
    /** So many at once after a rest. */
    max?: number
    windows?: { points: number; perSeconds: number }[]
  }
}

/** The cheap call that says whose account it is; it doubles as the connection test. */
export interface Account {
  method?: 'GET' | 'POST'
  /** A path below the API's base, or a whole URL. `{field}` may name one of the connection's own fields, too. */
  url: string
  /** JSON paths into the answer, the first that is there wins. */
  id: string[]
  label: string[]
  /** A field that the account's owner fills in and that is its id where no answer tells it (a merchant's number). */
  idField?: string
  /** A JSON path that must be `true` in the answer (Slack's `ok`), since the status is 200 either way. */
  okField?: string
  /** `jwt`: the answer is a signed token, whose claims are read (userinfo of OpenID Connect, section 5.3.2). */
  format?: 'json' | 'jwt'
  /**
   * When that call is refused with one of these statuses (a restricted key), this one shows that the credentials
   * work. The account then has this label, and no id at the provider unless a field is one: `{field}`, of the connection
   * or of the integration. The label may name fields of the integration.
   * Without a URL the status itself shows it: some say in this way that they know the client, but not what was asked for.
   * With `answer` the second call tells id and label as the first one would have: JSON paths into what it answers.
   */
  fallback?: {
    statuses: number[]
    url?: string
    label: string
    id?: string
    answer?: Pick<Account, 'id' | 'label'>
  }
}

/** What the `emulate` package stands in for, by its own names. */
export type EmulatedService = 'github' | 'google' | 'slack' | 'microsoft' | 'okta' | 'stripe' | 'twilio'

/** Paths on a stand-in, which is mounted at an origin of its own; `/` is the origin itself. What is absent is not there. */
interface SandboxEndpoints {
  authorizationUrl?: string
  tokenUrl?: string
  pushedAuthorizationUrl?: string
  revocationUrl?: string
  userInfoUrl?: string
  apiUrl: string
}

/** How accounts are connected at a stand-in by one of the provider's methods. */
export interface SandboxMethod {
  /** What the integration is filled with (client id and secret). */
  credentials: Record<string, string>
  config?: Record<string, string>
  /** Where nobody signs in: what the stand-in takes of an account's owner. */
  connectionCredentials?: Record<string, string>
  /** Who consents for the examples of operations, as the consent page calls them; whoever stands first unless given. */
  person?: string
  /** Where they are others than the sandbox's own. */
  endpoints?: Partial<SandboxEndpoints>
}

/** A local stand-in for the provider, run in development. What it says as a method is of the provider's usual one. */
export interface Sandbox extends SandboxMethod {
  /** Who it is: a service of the `emulate` package, or a file in `stand-ins/`, which several providers may share. */
  service: EmulatedService | { standIn: string }
  /** A file in `stand-ins/` before an emulated service: it answers what that one does not know, and passes on the rest. */
  front?: string
  /** The provider's further methods that it takes. */
  methods?: Partial<Record<AuthMethod['type'], SandboxMethod>>
  endpoints: SandboxEndpoints
  /** What `oidc` becomes there, as paths. */
  oidc?: { issuer: string; jwksUri: string }
  /** Where its token answers differ; laid over the provider's own quirks. */
  quirks?: OAuthQuirks
  /** Where its account call differs: an id that stays the same when the stand-in is started afresh. */
  account?: Partial<Account>
  /**
   * Where its deliveries differ: an id that does not come again when the stand-in is started afresh, and a proof that a
   * local server can give where the provider's own takes its certificate.
   */
  webhooks?: Partial<Pick<Webhooks, 'eventId' | 'signature'>>
  /** What it signs all its deliveries with, where somebody would have to look that up at the provider. */
  webhookSecret?: string
  /** Of an emulated service; `{origin}` becomes Koble's public URL. */
  seed?: Record<string, unknown>
}

export interface Provider {
  /** Stable, kebab-case; also the name of the folder. */
  id: string
  name: string
  description: string
  category: 'crm' | 'developer' | 'productivity' | 'messaging' | 'payments' | 'identity' | 'government' | 'generic'
  docsUrl: string
  /** CSS colour of the brand. */
  color: string
  /** Several where the service offers several, the usual one first; their types differ. */
  auth: AuthMethod | readonly AuthMethod[]
  /** Of the usual method; the least first. */
  scopePresets?: ScopePreset[]
  api: {
    /** Without a trailing slash; may hold `{field}` placeholders. */
    baseUrl: string
    /**
     * The API has another base for each account, which token answers name in this field (Salesforce's `instance_url`); it
     * takes the place of `baseUrl`. It is used where its host is one of `hosts`: a name, or `.example.com` for every name
     * below that domain.
     */
    accountBase?: { answerField: string; hosts: readonly string[] }
    /** Sent with every call unless the caller sets them. */
    headers?: Record<string, string>
    /** Other origins of the same service that the gateway may send the credentials to; may hold `{field}` placeholders. */
    otherOrigins?: string[]
    /** The header by which the provider makes a repeated write harmless; with it, writes may be retried. */
    idempotencyHeader?: string
    /** What the provider allows, as its documentation says; the integration may say otherwise. */
    rateLimits?: RateLimits
    graphql?: GraphqlApi
    /** How its answers tell of failures. */
    errors?: ErrorFormat
  }
  account?: Account
  /** Fields of the integration beyond what `auth` implies (client id and secret come by themselves). */
  integrationFields?: Field[]
  /** Placeholders whose values follow from a choice of the config: the host that belongs to an environment. */
  derived?: Record<string, FromConfig<string>>
  /** Fields of a connection whose owner does not sign in at the provider, beyond what `auth` implies. */
  connectionFields?: Field[]
  webhooks?: Webhooks
  /** Calls to begin with. */
  samples: { title: string; method: string; path: string; body?: string }[]
  /** The organization describes the service itself. */
  generic?: boolean
  sandbox?: Sandbox
}

/** A provider together with the files of its folder. */
export interface CatalogueEntry extends Provider {
  /** An SVG document. */
  logo: string
  /** Markdown: how to register an app at the provider. */
  setup: string
  /** A delivery to send as a test, unsigned; its placeholders are filled by `buildSampleDelivery`. */
  sampleDelivery?: SampleDelivery
}

/** `{id}` stands for a fresh id, `{secret}` for the endpoint's secret, where the body is what carries it. */
export interface SampleDelivery {
  headers: Record<string, string>
  body: string
}

/** Checks nothing at run time: the contract suite does that for the whole catalogue. It gives the literal its type. */
export function defineProvider(provider: Provider): Provider {
  return provider
}
