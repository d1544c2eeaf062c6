import { z } from 'zod'

/** One field of a set-up form, declared once by the provider: forms, masking and validation come from it. */
export const field = z.object({
  key: z.string(),
  label: z.string(),
  help: z.string().optional(),
  /** Never shown again once saved. */
  secret: z.boolean().optional(),
  /** Of several lines, such as a key in PEM form. */
  multiline: z.boolean().optional(),
  required: z.boolean().optional(),
  /** A regular expression that the whole value must match. */
  pattern: z.string().optional(),
  patternMessage: z.string().optional(),
  example: z.string().optional(),
  default: z.string().optional(),
  options: z.array(z.object({ value: z.string(), label: z.string() })).optional(),
})
export type Field = z.infer<typeof field>
