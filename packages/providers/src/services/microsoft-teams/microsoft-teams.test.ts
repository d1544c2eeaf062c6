import { expect, test } from 'vitest'
import { authMethodOf } from '../../auth-methods.ts'
import { operationsOf } from '../../operations.ts'
import { type ResolvedOAuth2, resolveProvider } from '../../resolve-provider.ts'
import { microsoftTeams } from './microsoft-teams.ts'

test('signs in work and school accounts, or those of the tenant that was entered', () => {
  const at = (config: Record<string, string>) => {
    const { authorizationUrl, tokenUrl } = resolveProvider(microsoftTeams, { config }).auth as ResolvedOAuth2
    return [authorizationUrl, tokenUrl].map((url) => new URL(url).pathname.split('/')[1])
  }
  expect(at({})).toEqual(['organizations', 'organizations'])
  expect(at({ tenant: 'fjord.onmicrosoft.com' })).toEqual(['fjord.onmicrosoft.com', 'fjord.onmicrosoft.com'])
})

test('asks for what posting in channels needs, and for nothing else that is sensitive', async () => {
  const scopes = authMethodOf(microsoftTeams).scopes?.filter((scope) => scope.default) ?? []
  const granted = scopes.map(({ name }) => name)
  const { listTeams, listChannels, sendChannelMessage } = await operationsOf('microsoft-teams')
  const needed = [listTeams, listChannels, sendChannelMessage].flatMap((operation) => operation?.scopes ?? [])
  expect(needed).toHaveLength(3)
  for (const scope of needed) expect(granted).toContain(scope)
  expect(scopes.filter((scope) => scope.sensitive).map(({ name }) => name)).toEqual(['ChannelMessage.Send'])
})

test('has the operations of Microsoft Graph, all of them', async () => {
  expect(await operationsOf('microsoft-teams')).toBe(await operationsOf('microsoft'))
})
