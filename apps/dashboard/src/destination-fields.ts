import type { DestinationType } from '@koble/contract/destination-types'

/** One input about where a destination leads. Its key is the path below `config`, or below `secrets`. */
export interface DestinationField {
  key: string
  label: string
  /** `list` is several words, `lines` a text of several lines, `flag` a yes or no. */
  kind: 'text' | 'number' | 'list' | 'lines' | 'choice' | 'flag'
  secret?: boolean
  optional?: boolean
  /** Seldom needed: folded away. */
  more?: boolean
  help?: string
  placeholder?: string
  options?: readonly { value: string; label: string }[]
  /** What it begins with. */
  initial?: string
  /** Shown only while another field has one of these values. */
  when?: { key: string; is: readonly string[] }
}

const tls: DestinationField = {
  key: 'tls',
  label: 'Encrypted (TLS)',
  kind: 'flag',
  initial: 'yes',
  help: 'Without it, only networks that the operator allows can be reached.',
}
const ca: DestinationField = {
  key: 'ca',
  label: 'Certificates to trust',
  kind: 'lines',
  optional: true,
  more: true,
  placeholder: '-----BEGIN CERTIFICATE-----',
  help: "In PEM form, instead of the system's.",
}
const username: DestinationField = { key: 'username', label: 'User name', kind: 'text', secret: true, optional: true }
const password: DestinationField = { key: 'password', label: 'Password', kind: 'text', secret: true, optional: true }
const placeholders = 'May contain {type}, {key} and {id} of the message.'
const authentication = (...is: string[]) => ({ key: 'authentication.type', is })

/** What is asked for by type; the server has the last word on each value. */
export const destinationFields: Record<DestinationType, readonly DestinationField[]> = {
  https: [
    { key: 'url', label: 'URL', kind: 'text', placeholder: 'https://billing.example.com/hooks' },
    {
      key: 'authentication.type',
      label: 'Authentication',
      kind: 'choice',
      initial: 'none',
      help: 'How the receiver knows who calls, beside the signature.',
      options: [
        { value: 'none', label: 'None' },
        { value: 'bearer', label: 'Bearer token' },
        { value: 'basic', label: 'User name and password' },
        { value: 'oauth2_client_credentials', label: 'OAuth 2.0 client credentials' },
        { value: 'mtls', label: 'Client certificate' },
      ],
    },
    { ...password, key: 'token', label: 'Token', optional: false, when: authentication('bearer') },
    { key: 'authentication.username', label: 'User name', kind: 'text', when: authentication('basic') },
    { ...password, optional: false, when: authentication('basic') },
    {
      key: 'authentication.tokenUrl',
      label: 'Token URL',
      kind: 'text',
      placeholder: 'https://login.example.com/oauth/token',
      when: authentication('oauth2_client_credentials'),
    },
    {
      key: 'authentication.clientId',
      label: 'Client ID',
      kind: 'text',
      when: authentication('oauth2_client_credentials'),
    },
    {
      ...password,
      key: 'clientSecret',
      label: 'Client secret',
      optional: false,
      when: authentication('oauth2_client_credentials'),
    },
    {
      key: 'authentication.scopes',
      label: 'Scopes',
      kind: 'list',
      optional: true,
      placeholder: 'hooks:write',
      when: authentication('oauth2_client_credentials'),
    },
    {
      key: 'authentication.audience',
      label: 'Audience',
      kind: 'text',
      optional: true,
      more: true,
      when: authentication('oauth2_client_credentials'),
    },
    {
      key: 'authentication.clientAuthentication',
      label: 'The client shows its secret',
      kind: 'choice',
      more: true,
      initial: 'basic',
      options: [
        { value: 'basic', label: 'In the header' },
        { value: 'body', label: 'In the form' },
      ],
      when: authentication('oauth2_client_credentials'),
    },
    {
      key: 'authentication.certificate',
      label: 'Certificate',
      kind: 'lines',
      placeholder: '-----BEGIN CERTIFICATE-----',
      help: 'In PEM form, with those that lead to the root.',
      when: authentication('mtls'),
    },
    {
      key: 'privateKey',
      label: 'Private key',
      kind: 'lines',
      secret: true,
      placeholder: '-----BEGIN PRIVATE KEY-----',
      when: authentication('mtls'),
    },
  ],
  rabbitmq: [
    { key: 'host', label: 'Host', kind: 'text', placeholder: 'rabbit.example.com' },
    { key: 'port', label: 'Port', kind: 'number', optional: true, placeholder: '5671, or 5672 without TLS' },
    { ...username, optional: false },
    { ...password, optional: false },
    {
      key: 'exchange',
      label: 'Exchange',
      kind: 'text',
      optional: true,
      help: 'Empty for the default one, which routes by queue name.',
    },
    { key: 'routingKey', label: 'Routing key', kind: 'text', initial: '{type}', help: placeholders },
    tls,
    { key: 'vhost', label: 'Virtual host', kind: 'text', initial: '/', more: true },
    {
      key: 'mandatory',
      label: 'A message that no queue gets fails',
      kind: 'flag',
      initial: 'yes',
      more: true,
      help: 'Else it vanishes.',
    },
    { key: 'persistent', label: 'The broker writes messages to disk', kind: 'flag', initial: 'yes', more: true },
    ca,
  ],
  kafka: [
    {
      key: 'brokers',
      label: 'Brokers',
      kind: 'list',
      placeholder: 'kafka-1.example.com:9092, kafka-2.example.com:9092',
    },
    { key: 'topic', label: 'Topic', kind: 'text', placeholder: 'koble.messages' },
    {
      key: 'saslMechanism',
      label: 'Signs in with',
      kind: 'choice',
      initial: '',
      options: [
        { value: '', label: 'Nothing' },
        { value: 'PLAIN', label: 'SASL PLAIN' },
        { value: 'SCRAM-SHA-256', label: 'SCRAM-SHA-256' },
        { value: 'SCRAM-SHA-512', label: 'SCRAM-SHA-512' },
      ],
    },
    {
      ...username,
      optional: false,
      when: { key: 'saslMechanism', is: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] },
    },
    {
      ...password,
      optional: false,
      when: { key: 'saslMechanism', is: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] },
    },
    tls,
    { key: 'clientId', label: 'Client ID', kind: 'text', initial: 'koble', more: true },
    { key: 'idempotent', label: 'Idempotent producer', kind: 'flag', initial: 'yes', more: true },
    ca,
  ],
  redis_stream: [
    { key: 'host', label: 'Host', kind: 'text', placeholder: 'redis.example.com' },
    { key: 'port', label: 'Port', kind: 'number', optional: true, placeholder: '6379' },
    { key: 'stream', label: 'Stream', kind: 'text', placeholder: 'koble:messages' },
    username,
    password,
    tls,
    { key: 'database', label: 'Database', kind: 'number', optional: true, placeholder: '0', more: true },
    {
      key: 'maxLength',
      label: 'Messages kept',
      kind: 'number',
      optional: true,
      placeholder: 'All',
      help: 'About so many of the newest stay in the stream.',
      more: true,
    },
    { key: 'createStream', label: 'Make the stream when it is missing', kind: 'flag', initial: 'yes', more: true },
    ca,
  ],
  nats_jetstream: [
    { key: 'servers', label: 'Servers', kind: 'list', placeholder: 'nats.example.com:4222' },
    { key: 'subject', label: 'Subject', kind: 'text', initial: '{type}', help: placeholders },
    {
      key: 'stream',
      label: 'Stream',
      kind: 'text',
      optional: true,
      help: 'The one that must take the messages; empty for whichever listens to the subject.',
    },
    { ...password, key: 'token', label: 'Token', help: 'Or a user name with a password, or credentials.' },
    username,
    password,
    {
      key: 'creds',
      label: 'Credentials',
      kind: 'lines',
      secret: true,
      optional: true,
      more: true,
      help: 'The text of a .creds file.',
    },
    tls,
    ca,
  ],
  s3: [
    { key: 'bucket', label: 'Bucket', kind: 'text', placeholder: 'my-events' },
    { key: 'region', label: 'Region', kind: 'text', placeholder: 'eu-north-1' },
    { key: 'accessKeyId', label: 'Access key ID', kind: 'text', secret: true },
    { key: 'secretAccessKey', label: 'Secret access key', kind: 'text', secret: true },
    {
      key: 'prefix',
      label: 'Prefix',
      kind: 'text',
      optional: true,
      placeholder: 'koble/messages',
      help: 'Of the names of objects.',
    },
    {
      key: 'endpoint',
      label: 'Endpoint',
      kind: 'text',
      optional: true,
      placeholder: 'That of AWS in the region',
      help: 'Of a store that speaks S3.',
    },
    {
      key: 'format',
      label: 'Format',
      kind: 'choice',
      initial: 'jsonl',
      options: [
        { value: 'jsonl', label: 'JSON lines' },
        { value: 'json', label: 'JSON array' },
      ],
    },
    {
      key: 'compression',
      label: 'Compression',
      kind: 'choice',
      initial: 'none',
      options: [
        { value: 'none', label: 'None' },
        { value: 'gzip', label: 'gzip' },
      ],
    },
    { key: 'batch.maxMessages', label: 'Messages in an object', kind: 'number', optional: true, placeholder: '1000' },
    {
      key: 'batch.maxSeconds',
      label: 'Seconds until one is written',
      kind: 'number',
      optional: true,
      placeholder: '60',
    },
    {
      key: 'batch.maxBytes',
      label: 'Bytes in an object',
      kind: 'number',
      optional: true,
      placeholder: '8388608',
      more: true,
    },
    { ...password, key: 'sessionToken', label: 'Session token', more: true, help: 'Of credentials that expire.' },
    { key: 'pathStyle', label: 'Bucket in the path', kind: 'flag', initial: 'no', more: true },
  ],
}
