import type { Scope } from '../../define-provider.ts'

export const auth = 'https://www.googleapis.com/auth'

/** Those that one consents to apart from sign-in; Google names the broader ones alone. https://developers.google.com/identity/protocols/oauth2/scopes */
export const serviceScopes: Scope[] = [
  {
    name: `${auth}/calendar.readonly`,
    description: 'Read your calendars',
    sensitive: true,
    includes: [`${auth}/calendar.calendarlist.readonly`, `${auth}/calendar.events.readonly`],
  },
  { name: `${auth}/calendar.calendarlist.readonly`, description: 'See the list of your calendars' },
  { name: `${auth}/calendar.events.readonly`, description: 'Read the events in your calendars', sensitive: true },
  {
    name: `${auth}/calendar.events`,
    description: 'Read and change the events in your calendars',
    sensitive: true,
    includes: [`${auth}/calendar.events.readonly`],
  },
  {
    name: `${auth}/calendar`,
    description: 'Read, change, share and delete your calendars',
    sensitive: true,
    includes: [`${auth}/calendar.readonly`, `${auth}/calendar.events`],
  },
  { name: `${auth}/drive.file`, description: 'Use only the Drive files that you open or create with this app' },
  {
    name: `${auth}/drive.metadata.readonly`,
    description: 'See the names of your Drive files, not their content',
    sensitive: true,
  },
  {
    name: `${auth}/drive.readonly`,
    description: 'Read all your Drive files',
    sensitive: true,
    includes: [`${auth}/drive.metadata.readonly`],
  },
  {
    name: `${auth}/drive`,
    description: 'Read, change and delete all your Drive files',
    sensitive: true,
    includes: [`${auth}/drive.readonly`, `${auth}/drive.file`],
  },
  { name: `${auth}/gmail.send`, description: 'Send e-mail as you', sensitive: true },
  {
    name: `${auth}/gmail.metadata`,
    description: 'See the headers of your e-mail, not its content',
    sensitive: true,
  },
  {
    name: `${auth}/gmail.readonly`,
    description: 'Read your e-mail',
    sensitive: true,
    includes: [`${auth}/gmail.metadata`],
  },
  {
    name: `${auth}/gmail.modify`,
    description: 'Read, write and sort your e-mail',
    sensitive: true,
    includes: [`${auth}/gmail.readonly`, `${auth}/gmail.send`],
  },
]
