import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { pluginNamesQuery } from '../plugin-queries.ts'
import { Badge } from './badge.tsx'
import { Button } from './button.tsx'
import type { SettingsPart } from './endpoint-settings.tsx'
import { SelectField } from './field.tsx'

/** As the server has it for all handlers together. */
const pluginsMax = 8

/** The plugins that see events before anything else is done with them, in their order. */
export function EndpointPluginFields({ text: { pluginIds }, errors, change }: SettingsPart) {
  const { data } = useQuery(pluginNamesQuery)
  const plugins = data ?? []
  const known = new Map(plugins.map((plugin) => [plugin.id, plugin]))
  const offered = plugins.filter(({ id }) => !pluginIds.includes(id))
  return (
    <div className="space-y-2">
      <SelectField
        label="Run a plugin"
        optional
        help="It may change or drop an event before it is forwarded. Several see it one after the other."
        error={errors.pluginIds}
        disabled={pluginIds.length >= pluginsMax}
        value=""
        onChange={(id) => id !== '' && change({ pluginIds: [...pluginIds, id] })}
        options={[
          { value: '', label: promptFor(data?.length, offered.length) },
          ...offered.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
      {data?.length === 0 && (
        <Link to="/plugins/new" className="inline-block text-accent-ink underline underline-offset-2">
          Write the first one
        </Link>
      )}
      {pluginIds.length > 0 && (
        <ol aria-label="Plugins that are run" className="space-y-1">
          {pluginIds.map((id, index) => {
            const name = known.get(id)?.name ?? id
            return (
              <li key={id} className="flex items-center gap-2 rounded-md border border-line bg-sunken px-2.5 py-1">
                <span className="text-ink-faint tabular-nums">{index + 1}.</span>
                <Link
                  to="/plugins/$id"
                  params={{ id }}
                  className="min-w-0 flex-1 break-all text-accent-ink underline underline-offset-2"
                >
                  {name}
                </Link>
                {known.get(id)?.enabled === false && <Badge>Switched off</Badge>}
                <Button
                  variant="ghost"
                  size="sm"
                  icon={X}
                  aria-label={`Take out ${name}`}
                  onClick={() => change({ pluginIds: pluginIds.filter((one) => one !== id) })}
                />
              </li>
            )
          })}
        </ol>
      )}
    </div>
  )
}

function promptFor(all: number | undefined, offered: number): string {
  if (all === 0) return 'There are no plugins yet'
  return all !== undefined && offered === 0 ? 'There is no other plugin' : 'Choose one to add it'
}
