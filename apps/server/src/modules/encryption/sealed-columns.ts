/** A column whose values are sealed with the organization's data key. */
export interface SealedColumn {
  table: string
  column: string
  /** The column whose value names the row in the context of the seal; unique within an organization. */
  row: string
  rowType: 'uuid' | 'text'
  /** The column name in the context, where values are moved in as they are from another column. */
  sealedAs?: string
}

/**
 * Every sealed column of the schema: a rotation re-encrypts these. A new one is added here, and marked in its migration
 * with `COMMENT ON COLUMN … IS 'sealed'`; a test compares the two, and searches all tables for sealed values.
 */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'integrations', column: 'secrets', row: 'id', rowType: 'uuid' },
  { table: 'connections', column: 'credentials', row: 'id', rowType: 'uuid' },
  { table: 'webhook_endpoints', column: 'secret', row: 'id', rowType: 'uuid' },
  // The old secret keeps the seal it had as the current one.
  { table: 'webhook_endpoints', column: 'previous_secret', row: 'id', rowType: 'uuid', sealedAs: 'secret' },
  { table: 'device_sign_ins', column: 'sealed', row: 'id', rowType: 'uuid' },
  { table: 'oauth_states', column: 'sealed', row: 'state_hash', rowType: 'text' },
  { table: 'idempotency_keys', column: 'sealed_body', row: 'key', rowType: 'text' },
  { table: 'approvals', column: 'change', row: 'id', rowType: 'uuid' },
  { table: 'pending_revocations', column: 'sealed', row: 'id', rowType: 'uuid' },
  // What operations work with is gone as soon as they end.
  { table: 'bulk_operations', column: 'input', row: 'id', rowType: 'uuid' },
  { table: 'bulk_batches', column: 'items', row: 'place', rowType: 'text' },
  { table: 'bulk_batches', column: 'output', row: 'place', rowType: 'text' },
  { table: 'queued_requests', column: 'sealed_request', row: 'id', rowType: 'uuid' },
  { table: 'queued_requests', column: 'sealed_response', row: 'id', rowType: 'uuid' },
  { table: 'destinations', column: 'secrets', row: 'id', rowType: 'uuid' },
  { table: 'destinations', column: 'signing_secret', row: 'id', rowType: 'uuid' },
  { table: 'destinations', column: 'previous_signing_secret', row: 'id', rowType: 'uuid', sealedAs: 'signing_secret' },
  { table: 'webhook_registrations', column: 'applied', row: 'id', rowType: 'uuid' },
  { table: 'callback_secrets', column: 'sealed_secret', row: 'organization_id', rowType: 'uuid' },
  { table: 'audit_anchors', column: 'seal', row: 'organization_id', rowType: 'uuid' },
]

/** `table.column`. */
export const nameOfColumn = ({ table, column }: SealedColumn): string => `${table}.${column}`
