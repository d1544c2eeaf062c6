import { calendarOperations } from './calendar-operations.ts'
import { fileOperations } from './file-operations.ts'
import { mailOperations } from './mail-operations.ts'
import { messageOperations } from './message-operations.ts'
import { peopleOperations } from './people-operations.ts'
import { teamOperations } from './team-operations.ts'

/** Typed calls of Microsoft Graph. https://learn.microsoft.com/graph/api/overview */
export const operations = {
  ...peopleOperations,
  ...teamOperations,
  ...messageOperations,
  ...calendarOperations,
  ...mailOperations,
  ...fileOperations,
}
