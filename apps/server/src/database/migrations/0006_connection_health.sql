ALTER TABLE integrations
  ADD COLUMN health_check jsonb NOT NULL DEFAULT '{"enabled": true, "intervalHours": 24}';

ALTER TABLE connections
  -- How long the last access token lived, as the provider said or as a 401 taught.
  ADD COLUMN token_lifetime_seconds integer,
  -- Whether the provider said so; what was learned may be corrected.
  ADD COLUMN token_lifetime_told boolean NOT NULL DEFAULT false,
  -- The keep-alive renews before this, for refresh tokens that die of disuse.
  ADD COLUMN refresh_by timestamptz,
  -- A renewal was sent whose answer nobody saw: the refresh token may have been used up.
  ADD COLUMN refresh_uncertain boolean NOT NULL DEFAULT false,
  -- The scopes that the connect session allowed to ask for; null for all of the integration's.
  ADD COLUMN scope_limit text[],
  -- Newest first, at most 20 of {checkedAt, ok, code, latencyMs}.
  ADD COLUMN health jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN health_due_at timestamptz,
  -- How the revocation at the provider went, once the connection was disconnected.
  ADD COLUMN revocation text CHECK (revocation IN ('unsupported', 'pending', 'done', 'failed'));
-- A constant would have them all tried at the same moment.
UPDATE connections SET health_due_at = now() + random() * interval '24 hours' WHERE status <> 'disconnected';
ALTER TABLE connections ALTER COLUMN health_due_at SET DEFAULT now() + (0.5 + random() / 2) * interval '24 hours';
CREATE INDEX connections_health_due ON connections (health_due_at) WHERE status IN ('connected', 'warning');
CREATE INDEX connections_refresh_by ON connections (refresh_by)
  WHERE status IN ('connected', 'warning') AND refresh_by IS NOT NULL;
CREATE INDEX connections_integration ON connections (integration_id, id);

ALTER TABLE connect_sessions
  -- What may be asked for at most; null for all of the integration's scopes.
  ADD COLUMN scopes text[],
  -- Exactly what is asked for, when an account is to grant more than it did.
  ADD COLUMN asks text[],
  ADD COLUMN incremental boolean NOT NULL DEFAULT false;
ALTER TABLE oauth_states
  ADD COLUMN scopes text[] NOT NULL DEFAULT '{}',
  ADD COLUMN scope_limit text[],
  ADD COLUMN incremental boolean NOT NULL DEFAULT false;

-- What happened inside Koble, written in the transaction of the change it tells of: an outbox.
CREATE TABLE system_events (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  type text NOT NULL,
  data jsonb NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX system_events_organization ON system_events (organization_id, id DESC);
CREATE INDEX system_events_at ON system_events (at);

-- What owners and admins should know. Alike ones that come close together are one row with a count.
CREATE TABLE notifications (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  type text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('info', 'ok', 'warning', 'error')),
  group_key text NOT NULL,
  title text NOT NULL,
  message text NOT NULL,
  count integer NOT NULL DEFAULT 1,
  data jsonb NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL
);
CREATE INDEX notifications_organization ON notifications (organization_id, id DESC);
CREATE INDEX notifications_group ON notifications (organization_id, group_key, last_at);
CREATE INDEX notifications_last ON notifications (last_at);
CREATE TABLE notification_reads (
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  notification_id uuid NOT NULL REFERENCES notifications ON DELETE CASCADE,
  -- A person, or an API key.
  reader_id uuid NOT NULL,
  read_at timestamptz NOT NULL,
  PRIMARY KEY (notification_id, reader_id)
);

-- Tokens of disconnected accounts that the provider has not been told of yet; sealed, and gone after a day at most.
CREATE TABLE pending_revocations (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  integration_id uuid NOT NULL REFERENCES integrations ON DELETE CASCADE,
  connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
  sealed text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  error_code text,
  next_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN pending_revocations.sealed IS 'sealed';
CREATE INDEX pending_revocations_next ON pending_revocations (next_at);
CREATE INDEX pending_revocations_connection ON pending_revocations (connection_id);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['system_events', 'notifications', 'notification_reads', 'pending_revocations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO koble_app USING (organization_id = current_organization())
      WITH CHECK (organization_id = current_organization())', name);
    EXECUTE format('CREATE POLICY system ON %I TO koble_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO koble_app, koble_system', name);
  END LOOP;
END $$;
