import type { Body } from '@koble/sdk'
import { queryOptions } from '@tanstack/react-query'
import { koble } from './koble.ts'
import { paged } from './queries.ts'

/** Your own code, run at hooks. */
export const pluginsQuery = paged(['plugins', 'list'], (page, options) => koble.plugins.list(page, options))

/** Up to 200 of them in one page: for names beside ids, and for choices. */
export const pluginNamesQuery = queryOptions({
  queryKey: ['plugins', 'names'],
  queryFn: async ({ signal }) => (await koble.plugins.list({ limit: 200 }, { signal })).data,
})

/** One plugin with the code that runs. */
export const pluginQuery = (id: string) =>
  queryOptions({ queryKey: ['plugins', id], queryFn: ({ signal }) => koble.plugins.get(id, { signal }) })

/** The versions of a plugin, newest first. */
export const pluginVersionsQuery = (id: string) =>
  paged(['plugins', id, 'versions'], (page, options) => koble.plugins.versions(id).list(page, options))

/** What code makes of an event. Asked for once: the same code on the same event is not run again by itself. */
export const pluginTrialQuery = (trial: Body<'POST /api/plugins/try'>) =>
  queryOptions({
    queryKey: ['plugins', 'trial', trial],
    queryFn: ({ signal }) => koble.plugins.try(trial, { signal }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  })

/** The latest events, to try plugins on. */
export const sampleEventsQuery = queryOptions({
  queryKey: ['events', 'samples'],
  queryFn: async ({ signal }) => (await koble.events.list({ limit: 20 }, { signal })).data,
})
