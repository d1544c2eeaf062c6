/** What is entered at the provider, and what schemes that sign the URL are checked against. */
export function endpointUrl(publicUrl: string, endpoint: { provider_id: string; token: string }): string {
  return `${publicUrl}/webhooks/${endpoint.provider_id}/${endpoint.token}`
}
