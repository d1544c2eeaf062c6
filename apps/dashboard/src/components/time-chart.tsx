import type { MetricsSeries } from '@koble/contract/metrics'
import { type KeyboardEvent, type PointerEvent, useState } from 'react'
import { formatAbsoluteTime, formatDuration } from '../format-time.ts'
import { count } from '../wording.ts'

type Point = MetricsSeries['points'][number]

const width = 600
const height = 120
const percentiles = [
  { key: 'p50', label: 'P50', line: 'stroke-ok', mark: 'bg-ok' },
  { key: 'p95', label: 'P95', line: 'stroke-warn', mark: 'bg-warn' },
  { key: 'p99', label: 'P99', line: 'stroke-bad', mark: 'bg-bad' },
] as const

/** Calls over time as bars, the failed ones in their own colour. The arrow keys walk through the points. */
export function CallsChart({ series }: { series: MetricsSeries }) {
  const { points } = series
  const most = Math.max(1, ...points.map((point) => point.count))
  const step = width / points.length
  const gap = Math.min(1.5, step / 4)
  return (
    <Chart
      points={points}
      label="Calls over time"
      top={most.toLocaleString('en')}
      legend={[
        { label: 'Answered', mark: 'bg-accent' },
        { label: 'Failed', mark: 'bg-bad' },
      ]}
      describe={(point) => `${count(point.count, 'call')}, ${point.errors.toLocaleString('en')} failed`}
    >
      {points.map((point, index) => {
        const tall = (point.count / most) * height
        const failed = point.count === 0 ? 0 : Math.max((point.errors / point.count) * tall, point.errors > 0 ? 2 : 0)
        const place = { x: index * step + gap / 2, width: step - gap }
        return (
          <g key={point.at}>
            <rect {...place} y={height - tall} height={Math.max(0, tall - failed)} className="fill-accent" />
            <rect {...place} y={height - failed} height={failed} className="fill-bad" />
          </g>
        )
      })}
    </Chart>
  )
}

/** How long calls took, over time; a line for each percentile, broken where there were no calls. */
export function LatencyChart({ series }: { series: MetricsSeries }) {
  const { points } = series
  const most = Math.max(1, ...points.map((point) => point.p99 ?? 0))
  const step = width / points.length
  const pathOf = (key: 'p50' | 'p95' | 'p99') => {
    let path = ''
    let isOpen = false
    for (const [index, point] of points.entries()) {
      const value = point[key]
      if (value === null) {
        isOpen = false
        continue
      }
      const at = `${((index + 0.5) * step).toFixed(1)} ${(height - (value / most) * (height - 2)).toFixed(1)}`
      // A lone point is drawn as a dot: a line to itself with round ends.
      path += isOpen ? `L${at}` : `M${at}L${at}`
      isOpen = true
    }
    return path
  }
  return (
    <Chart
      points={points}
      label="Durations over time"
      top={formatDuration(most)}
      legend={percentiles}
      describe={(point) =>
        point.p50 === null
          ? 'No calls'
          : percentiles.map(({ key, label }) => `${label} ${formatDuration(point[key] ?? 0)}`).join(', ')
      }
    >
      {percentiles.map(({ key, line }) => (
        <path
          key={key}
          d={pathOf(key)}
          className={`fill-none ${line}`}
          strokeWidth={2}
          strokeLinecap="round"
          strokeLinejoin="round"
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </Chart>
  )
}

function Chart({
  points,
  label,
  top,
  legend,
  describe,
  children,
}: {
  points: Point[]
  label: string
  /** What the upper edge stands for. */
  top: string
  legend: readonly { label: string; mark: string }[]
  describe: (point: Point) => string
  children: React.ReactNode
}) {
  const [chosen, setChosen] = useState<number | null>(null)
  const point = chosen === null ? undefined : points[chosen]
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    const index = Math.floor(((event.clientX - box.left) / box.width) * points.length)
    setChosen(Math.min(points.length - 1, Math.max(0, index)))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length }
    const move = moves[event.key]
    if (move === undefined) return
    event.preventDefault()
    setChosen(Math.min(points.length - 1, Math.max(0, (chosen ?? points.length) + move)))
  }
  return (
    <figure>
      <figcaption className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <span className="font-medium">{label}</span>
        <span className="flex flex-wrap gap-3 text-xs text-ink-soft">
          {legend.map(({ label: name, mark }) => (
            <span key={name} className="inline-flex items-center gap-1.5">
              <span aria-hidden className={`size-2 rounded-full ${mark}`} />
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={points.length - 1}
        aria-valuenow={chosen ?? points.length - 1}
        aria-valuetext={point ? `${formatAbsoluteTime(point.at)}: ${describe(point)}` : 'Choose a time'}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setChosen(null)}
        onKeyDown={onKeyDown}
        onBlur={() => setChosen(null)}
        className="relative h-32 rounded border-y border-line"
      >
        <span className="absolute top-0.5 left-1 z-1 text-xs text-ink-faint">{top}</span>
        <svg
          aria-hidden="true"
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          className="absolute inset-0 size-full"
        >
          {chosen !== null && (
            <rect
              x={(chosen * width) / points.length}
              width={width / points.length}
              height={height}
              className="fill-hover"
            />
          )}
          {children}
        </svg>
      </div>
      <p className="mt-1 flex min-h-5 justify-between gap-3 text-xs text-ink-faint">
        {point ? (
          <span>
            {formatAbsoluteTime(point.at)}: <span className="text-ink">{describe(point)}</span>
          </span>
        ) : (
          <>
            <span>{points[0] && formatAbsoluteTime(points[0].at)}</span>
            <span>Now</span>
          </>
        )}
      </p>
    </figure>
  )
}
