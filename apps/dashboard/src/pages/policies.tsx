import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { ButtonAnchor } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PolicyForm } from '../components/policy-form.tsx'
import { sessionQuery } from '../queries.ts'

/** What the organization demands of integrations, keys and logs. */
export function Policies() {
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  return (
    <>
      <PageHeader title="Policies" description="What this organization demands of its integrations, keys and logs." />
      <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Card title="Rules">
          {session && <PolicyForm key={session.organization.id} policies={session.organization.policies} />}
        </Card>
        <Card title="Register of processing activities">
          <p className="mb-4 text-ink-soft">
            Every integration with its purpose, legal basis, categories of data, hosts, permissions and how long its
            data is kept, as article 30 of the GDPR asks for it.
          </p>
          <ButtonAnchor href="/api/governance/register.csv" download icon={Download}>
            Download as CSV
          </ButtonAnchor>
        </Card>
      </div>
    </>
  )
}
