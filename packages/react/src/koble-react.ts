export { Attempts } from './components/attempts.tsx'
export { ConnectButton } from './components/connect-button.tsx'
export { Connections } from './components/connections.tsx'
export { Deliveries } from './components/deliveries.tsx'
export { DestinationForm } from './components/destination-form.tsx'
export { Destinations } from './components/destinations.tsx'
export { Expired } from './components/expired.tsx'
export { WebhookPortal } from './components/webhook-portal.tsx'
export {
  type Connection,
  type ConnectSession,
  type OfferedIntegration,
  useConnections,
  useConnectSession,
} from './hooks/use-connections.ts'
export { type Attempt, type Delivery, type DeliveryStatus, useAttempts, useDeliveries } from './hooks/use-deliveries.ts'
export { type Destination, type DestinationTest, useDestinations } from './hooks/use-destinations.ts'
export { type EventType, useEventTypes } from './hooks/use-event-types.ts'
export type { List } from './hooks/use-list.ts'
export { type PortalSession, usePortalSession } from './hooks/use-portal-session.ts'
export { KobleProvider, type KobleProviderProps, useKoble } from './koble-provider.tsx'
export { en, type TextKey, type Texts } from './texts/en.ts'
