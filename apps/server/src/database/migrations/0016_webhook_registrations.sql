-- What was registered at providers, so that they send their webhooks to our endpoints. A row is written before the
-- provider is called, and outlives its endpoint until the provider has forgotten it.
CREATE TABLE webhook_registrations (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  -- No reference: what is registered has to be removed at the provider after its endpoint is gone, too.
  endpoint_id uuid NOT NULL,
  -- Of the endpoint; that of the connection may be another.
  integration_id uuid NOT NULL REFERENCES integrations ON DELETE CASCADE,
  connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
  provider_id text NOT NULL,
  target text NOT NULL,
  parameters jsonb NOT NULL,
  -- Where deliveries go: that of the endpoint, with the registration's id, so that it is found again at the provider.
  url text NOT NULL,
  -- The provider makes the secret, and an endpoint has one.
  exclusive boolean NOT NULL,
  -- In whose name the provider is called.
  actor jsonb NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'active', 'renewing', 'removing', 'failed', 'missing', 'removed')),
  -- What else is to be done, and why it is due.
  todo text CHECK (todo IN ('update', 'renew', 'recreate')),
  -- The ids at the provider, and what is needed besides to name them there.
  external_ids text[] NOT NULL DEFAULT '{}',
  facts jsonb NOT NULL DEFAULT '{}',
  -- There may be something at the provider that nobody knows the id of.
  in_doubt boolean NOT NULL DEFAULT true,
  -- Replaced ones that the provider still has: {externalIds, facts} each.
  stale jsonb NOT NULL DEFAULT '[]',
  -- The events and the secret that the provider was given.
  applied text,
  expires_at timestamptz,
  -- With a jitter, so that those made together are not renewed together.
  renew_at timestamptz,
  error_code text,
  error_message text,
  -- Failures in a row.
  attempts integer NOT NULL DEFAULT 0,
  -- Whether somebody was told that it fails.
  told boolean NOT NULL DEFAULT false,
  checked_at timestamptz,
  check_at timestamptz,
  -- When it is to be looked at next; null when there is nothing to do.
  next_at timestamptz,
  -- Whoever works on it; nobody else does until then.
  lease uuid,
  lease_until timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN webhook_registrations.applied IS 'sealed';
CREATE INDEX webhook_registrations_endpoint ON webhook_registrations (organization_id, endpoint_id, id DESC);
CREATE INDEX webhook_registrations_integration ON webhook_registrations (integration_id);
CREATE INDEX webhook_registrations_connection ON webhook_registrations (connection_id);
CREATE INDEX webhook_registrations_next ON webhook_registrations (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_registrations_updated ON webhook_registrations (updated_at) WHERE status = 'removed' OR error_code = 'not_removed';
CREATE UNIQUE INDEX webhook_registrations_once ON webhook_registrations (endpoint_id, connection_id, target, parameters)
  WHERE status NOT IN ('removing', 'removed');
CREATE UNIQUE INDEX webhook_registrations_exclusive ON webhook_registrations (endpoint_id)
  WHERE exclusive AND status NOT IN ('removing', 'removed');

ALTER TABLE webhook_registrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_registrations FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON webhook_registrations TO koble_app USING (organization_id = current_organization())
  WITH CHECK (organization_id = current_organization());
CREATE POLICY system ON webhook_registrations TO koble_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_registrations TO koble_app, koble_system;

-- Whoever changes the events or the secret of an endpoint has its registrations looked at, in the same transaction.
CREATE FUNCTION look_at_registrations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE webhook_registrations SET todo = coalesce(todo, 'update'), next_at = now()
    WHERE endpoint_id = NEW.id AND organization_id = NEW.organization_id AND status IN ('active', 'renewing');
  RETURN NULL;
END $$;
CREATE TRIGGER webhook_endpoints_registrations AFTER UPDATE OF events, secret ON webhook_endpoints
  FOR EACH ROW WHEN (OLD.events IS DISTINCT FROM NEW.events OR OLD.secret IS DISTINCT FROM NEW.secret)
  EXECUTE FUNCTION look_at_registrations();
