import type { MarketplaceEntry } from '@koble/contract/integrations'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { SearchX } from 'lucide-react'
import { Badge, SandboxBadge } from '../components/badge.tsx'
import { Button } from '../components/button.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { FilterBar, SearchFilter, SelectFilter } from '../components/filter-bar.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { Logo } from '../components/provider-logo.tsx'
import { RetryNotice } from '../components/retry-notice.tsx'
import { Skeleton } from '../components/skeleton.tsx'
import { marketplaceQuery } from '../queries.ts'
import { authNames, authTypes, capitalize } from '../wording.ts'

const route = getRouteApi('/app/marketplace')

/** The providers Koble knows. */
export function Marketplace() {
  const filters = route.useSearch()
  const navigate = route.useNavigate()
  const providers = useQuery(marketplaceQuery)
  const setFilters = (next: Partial<typeof filters>) =>
    navigate({ search: (now) => ({ ...now, ...next }), replace: true })
  const words = filters.search?.toLowerCase()
  const found = (providers.data ?? []).filter(
    (entry) =>
      (!filters.category || entry.category === filters.category) &&
      (!filters.auth || entry.auth === filters.auth) &&
      (!words || `${entry.name} ${entry.id} ${entry.description}`.toLowerCase().includes(words)),
  )
  const categories = [...new Set((providers.data ?? []).map(({ category }) => category))].sort()
  return (
    <>
      <PageHeader
        title="Marketplace"
        description="Services you can connect. What is not here, the generic providers reach by its OAuth or API key."
      />
      <FilterBar>
        <SearchFilter label="Search providers" value={filters.search} onChange={(search) => setFilters({ search })} />
        <SelectFilter
          label="Category"
          any="All categories"
          value={filters.category}
          onChange={(category) => setFilters({ category })}
          options={categories.map((category) => ({ value: category, label: capitalize(category) }))}
        />
        <SelectFilter
          label="Way to sign in"
          any="Any sign-in"
          value={filters.auth}
          onChange={(auth) => setFilters({ auth })}
          options={authTypes.map((value) => ({ value, label: authNames[value] }))}
        />
      </FilterBar>
      {providers.isPending && <Skeleton rows={6} />}
      {providers.isError && <RetryNotice query={providers} />}
      {providers.data && found.length === 0 && (
        <EmptyState
          icon={SearchX}
          title="No provider fits"
          action={
            <Button onClick={() => setFilters({ search: undefined, category: undefined, auth: undefined })}>
              Show all providers
            </Button>
          }
        >
          A service that Koble does not know can be set up with one of the generic providers.
        </EmptyState>
      )}
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {found.map((entry) => (
          <li key={entry.id} className="min-w-0">
            <ProviderCard entry={entry} />
          </li>
        ))}
      </ul>
    </>
  )
}

function ProviderCard({ entry }: { entry: MarketplaceEntry }) {
  return (
    <Link
      to="/marketplace/$provider"
      params={{ provider: entry.id }}
      className="flex h-full flex-col rounded-xl border border-line bg-surface p-4 transition-colors duration-100 hover:border-line-strong hover:bg-hover/40"
    >
      <span className="flex items-center gap-3">
        <Logo svg={entry.logo} name={entry.name} size={36} />
        <span className="min-w-0 flex-1">
          <span className="block truncate text-base font-semibold">{entry.name}</span>
          <span className="block text-xs text-ink-faint">{capitalize(entry.category)}</span>
        </span>
        {entry.integrationCount > 0 && <Badge tone="ok">Set up</Badge>}
      </span>
      <span className="mt-3 mb-3 flex-1 text-ink-soft">{entry.description}</span>
      <span className="flex flex-wrap gap-1.5">
        <Badge>{authNames[entry.auth]}</Badge>
        {entry.webhooks && <Badge>Webhooks</Badge>}
        {entry.sandbox && <SandboxBadge />}
      </span>
    </Link>
  )
}
