import { z } from 'zod'
import { id, time } from './paging.ts'

export const rotateKeys = z.strictObject({
  /** Only wraps the data keys anew, under the master key of now; stored values stay as they are. */
  rewrapOnly: z.boolean().default(false),
})

/** The keys of an organization, by their names alone. */
export const keyStatus = z.object({
  /** What wraps data keys now. */
  provider: z.object({ type: z.enum(['local', 'vault', 'aws-kms']), keyId: z.string() }),
  /** Newest first. */
  versions: z.array(
    z.object({
      version: z.int(),
      /** The wrapping key it is under. */
      keyId: z.string(),
      /** New values are sealed with it. */
      sealsNew: z.boolean(),
      underActiveKey: z.boolean(),
      createdAt: time,
    }),
  ),
  /** The newest rotation. */
  rotation: z
    .object({
      id,
      status: z.enum(['running', 'completed']),
      /** Null when only the wraps are made anew. */
      toVersion: z.int().nullable(),
      /** Values under an older version when it began. */
      total: z.int(),
      moved: z.int(),
      /** Values that no key opens; they were left as they are. */
      unreadable: z.int(),
      /** Why it stopped the last time; it is tried again. */
      errorCode: z.string().nullable(),
      startedAt: time,
      finishedAt: time.nullable(),
    })
    .nullable(),
})
export type KeyStatus = z.infer<typeof keyStatus>
