/** What only somebody who knows the service can say. */
export interface Blank {
  /** As it stands in the files. */
  name: string
  /** What belongs there. */
  told: string
  example: string
}

/** Every blank of the files of a new provider, in the order in which they are filled in. */
const blanks: readonly Blank[] = [
  {
    name: 'FILL-IN-description',
    told: 'What one does with the service, as a sentence with its full stop.',
    example: 'Projects, tasks and what happens to them.',
  },
  {
    name: 'FILL-IN-docs-url',
    told: 'Where the vendor describes the API.',
    example: 'https://developers.example.com/api',
  },
  { name: 'FILL-IN-color', told: 'The colour of the brand, as # and six capital digits.', example: '#1D4ED8' },
  {
    name: 'FILL-IN-authorization-url',
    told: 'Where people consent.',
    example: 'https://accounts.example.com/oauth/authorize',
  },
  {
    name: 'FILL-IN-token-url',
    told: 'Where the code is exchanged for tokens.',
    example: 'https://accounts.example.com/oauth/token',
  },
  { name: 'FILL-IN-scope', told: 'The least scope that is of use.', example: 'tasks:read' },
  {
    name: 'FILL-IN-consent',
    told: 'What that scope lets the product do, as a half-sentence without a full stop.',
    example: 'See your tasks',
  },
  {
    name: 'FILL-IN-api-url',
    told: 'What the address of every call begins with, without a slash at its end.',
    example: 'https://api.example.com/v1',
  },
  {
    name: 'FILL-IN-account-path',
    told: 'The cheap call that says whose account it is, below that.',
    example: '/me',
  },
  {
    name: 'FILL-IN-signature-header',
    told: 'The header of a webhook that carries its HMAC, in lower case.',
    example: 'x-example-signature',
  },
  { name: 'FILL-IN-event', told: 'A type of event that it sends.', example: 'task.created' },
  {
    name: 'FILL-IN-portal-url',
    told: 'Where an operator gets credentials.',
    example: 'https://developers.example.com/apps',
  },
]

/** Those that stand in a text. */
export function blanksIn(text: string): readonly Blank[] {
  return blanks.filter(({ name }) => new RegExp(`${name}(?![a-z-])`).test(text))
}
