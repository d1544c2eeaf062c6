import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { marketplaceQuery } from '../queries.ts'

/**
 * A provider's logo on a light tile, since brands draw theirs for paper. The SVG is shown as an image, in which no
 * script runs; never as part of the page.
 */
export function Logo({ svg, name, size = 32 }: { svg: string | null; name: string; size?: number }) {
  const source = useMemo(() => (svg ? `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}` : null), [svg])
  return (
    <span
      aria-hidden
      className="inline-flex shrink-0 items-center justify-center overflow-hidden rounded-lg border border-line bg-white font-semibold text-neutral-600"
      style={{ width: size, height: size, fontSize: size * 0.42 }}
    >
      {source ? <img src={source} alt="" width={size * 0.62} height={size * 0.62} /> : name.charAt(0).toUpperCase()}
    </span>
  )
}

/** The logo of a provider known by its id. */
export function ProviderLogo({ provider, name, size }: { provider: string; name?: string; size?: number }) {
  const { data } = useQuery(marketplaceQuery)
  const entry = data?.find((candidate) => candidate.id === provider)
  return <Logo svg={entry?.logo ?? null} name={name ?? entry?.name ?? provider} size={size} />
}
