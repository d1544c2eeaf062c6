import { z } from 'zod'

/** Pages of the reference of Google's products. */
export const calendarReference = (page: string) =>
  `https://developers.google.com/workspace/calendar/api/v3/reference/${page}`
export const driveReference = (page: string) =>
  `https://developers.google.com/workspace/drive/api/reference/rest/v3/${page}`
export const gmailReference = (page: string) =>
  `https://developers.google.com/workspace/gmail/api/reference/rest/v1/${page}`

/** Of all lists: a token that Google gives with the page before. */
export const cursor = z
  .string()
  .min(1)
  .max(5_000)
  .optional()
  .describe('The nextCursor of the page before; the rest must be the same')

export const nextCursor = z.string().nullable()
