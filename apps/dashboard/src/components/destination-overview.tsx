import type { Destination } from '@koble/contract/destinations'
import { Link } from '@tanstack/react-router'
import { payloadFormatNames, targetOf } from '../outbound-wording.ts'
import { describeSchedule, scheduleText } from '../retry-schedule.ts'
import { count } from '../wording.ts'
import { Badge } from './badge.tsx'
import { Card, Fact, Facts } from './card.tsx'
import { CodeBlock } from './code-block.tsx'
import { DestinationSecretCard } from './destination-secret.tsx'
import { DestinationStatsCard } from './destination-stats.tsx'
import { RelativeTime } from './relative-time.tsx'
import { TestDestination } from './test-destination.tsx'

/** How a destination does, and what it is set to. */
export function DestinationOverview({ destination }: { destination: Destination }) {
  const { id, externalUserId, rateLimit, retrySchedule, filter, transform } = destination
  return (
    <div className="space-y-5">
      <DestinationStatsCard id={id} />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Card title="Settings">
          <div className="space-y-4">
            <Facts>
              <Fact name="Leads to">
                <span className="font-mono text-xs break-all">{targetOf(destination)}</span>
              </Fact>
              <Fact name="Whose">
                {externalUserId === null ? (
                  'Everybody'
                ) : (
                  <Link
                    to="/external-users/$id"
                    params={{ id: externalUserId }}
                    className="break-all text-accent-ink underline underline-offset-2"
                  >
                    {externalUserId}
                  </Link>
                )}
              </Fact>
              <Fact name="Payload">{payloadFormatNames[destination.payloadFormat]}</Fact>
              <Fact name="Pace">
                {`${count(destination.concurrency, 'message')} at once${rateLimit ? `, ${rateLimit.requests} in ${rateLimit.perSeconds} s` : ''}${destination.ordered ? ', in order' : ''}`}
              </Fact>
              <Fact name="Retries">
                <span title={describeSchedule(retrySchedule)}>
                  {retrySchedule.length === 0 ? 'None' : scheduleText(retrySchedule)}
                </span>
              </Fact>
              <Fact name="Made">
                <RelativeTime at={destination.createdAt} />
              </Fact>
            </Facts>
            <div>
              <p className="mb-1 text-xs text-ink-faint">Event types</p>
              <div className="flex flex-wrap gap-1">
                {destination.eventTypes.map((pattern) => (
                  <Badge key={pattern}>
                    <span className="font-mono">{pattern}</span>
                  </Badge>
                ))}
              </div>
            </div>
            {filter && <Written name="Filter" text={JSON.stringify(filter)} />}
            {transform && <Written name="Transform" text={transform} />}
          </div>
        </Card>
        <DestinationSecretCard destination={destination} />
      </div>
      <TestDestination id={id} />
    </div>
  )
}

function Written({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <p className="mb-1 text-xs text-ink-faint">{name}</p>
      <CodeBlock text={text} label={name} />
    </div>
  )
}
