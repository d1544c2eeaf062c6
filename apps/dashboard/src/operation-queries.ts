import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { koble } from './koble.ts'

/** What can be done with a connection by name, with the schemas of it; what is missing for it goes by its scopes. */
export const operationsQuery = ({ id, scopes }: { id: string; scopes: readonly string[] }) =>
  queryOptions({
    queryKey: ['operations', id, scopes],
    queryFn: async ({ signal }) => (await koble.operations(id).list({ signal })).data,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
