import type { Classification } from '@koble/contract/governance'
import { classifications } from '../classification-wording.ts'
import { Badge } from './badge.tsx'

const tones = { open: 'neutral', internal: 'info', restricted: 'warn' } as const

/** How the data of an integration is classified; nothing when it is not. */
export function ClassificationBadge({ classification }: { classification: Classification | null }) {
  return classification && <Badge tone={tones[classification]}>{classifications[classification].label}</Badge>
}
