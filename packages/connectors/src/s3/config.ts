import { z } from 'zod'

/** Where batches of messages go: a bucket of S3 or of a store that speaks as S3 does. */
export const configSchema = z.strictObject({
  endpoint: z
    .url({ protocol: /^https?$/ })
    .refine((text) => {
      const url = new URL(text)
      return url.username === '' && url.password === '' && url.search === '' && url.hash === ''
    }, 'A URL without credentials, query or fragment')
    .optional()
    .describe('Where the store answers; that of AWS in the region when absent'),
  region: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[a-z0-9-]+$/)
    .describe('The region of the bucket; most other stores take us-east-1 or auto'),
  bucket: z
    .string()
    .min(3)
    .max(63)
    .regex(/^[a-z0-9][a-z0-9.-]*[a-z0-9]$/, 'Lower-case letters, digits, dots and hyphens'),
  prefix: z
    .string()
    .max(512)
    .regex(/^(?!\/)(?!.*\/\/)[\x21-\x7e]*(?<!\/)$/, 'No slash at either end')
    .default('')
    .describe('The names of all objects begin with it'),
  pathStyle: z.boolean().default(false).describe('The bucket stands in the path instead of the host name'),
  format: z
    .enum(['jsonl', 'json'])
    .default('jsonl')
    .describe('A JSON document for each message, one per line; or all of a batch in one array'),
  batch: z
    .strictObject({
      maxMessages: z.number().int().min(1).max(10_000).default(1000),
      maxSeconds: z.number().min(1).max(900).default(60),
      maxBytes: z
        .number()
        .int()
        .min(1024)
        .max(64 * 1024 * 1024)
        .default(8 * 1024 * 1024),
    })
    .prefault({})
    .describe(
      'When whoever gathers messages hands them on: at so many, after so long, or with bodies of so many bytes',
    ),
  compression: z.enum(['none', 'gzip']).default('none'),
})

export const secretsSchema = z.strictObject({
  accessKeyId: z.string().min(1).max(256),
  secretAccessKey: z.string().min(1).max(1024),
  sessionToken: z.string().min(1).max(16_384).optional().describe('Of credentials that expire'),
})
