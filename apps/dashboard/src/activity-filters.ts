import type { Query } from '@koble/sdk'

/** What narrows the activity log. */
export type ActivityFilters = Pick<Query<'GET /api/activity'>, 'type' | 'status' | 'search' | 'connectionId'>
