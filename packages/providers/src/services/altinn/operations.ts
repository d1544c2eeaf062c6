import { accessOperations } from './access-operations.ts'
import { eventOperations } from './event-operations.ts'
import { instanceOperations } from './instance-operations.ts'

/** Typed calls of Altinn 3. https://docs.altinn.studio/api/ */
export const operations = { ...accessOperations, ...instanceOperations, ...eventOperations }
