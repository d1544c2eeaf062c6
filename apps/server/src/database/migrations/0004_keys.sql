-- Data keys get a name of their own. So far values carried the id of the master key, which a re-wrap changes.
ALTER TABLE data_keys ADD COLUMN name text;
-- Row-level security binds the owner too, who would see no rows here.
SET LOCAL ROLE koble_system;
UPDATE data_keys SET name = key_id;
RESET ROLE;
ALTER TABLE data_keys ALTER COLUMN name SET NOT NULL;

-- Every node hears of a new version, and of a wrap that was replaced.
CREATE FUNCTION notify_data_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('koble_change', 'data_keys:' || coalesce(NEW.organization_id, OLD.organization_id)::text);
  RETURN NULL;
END $$;
CREATE TRIGGER data_keys_changed AFTER INSERT OR UPDATE OR DELETE ON data_keys
  FOR EACH ROW EXECUTE FUNCTION notify_data_keys();

-- Secrets of the instance itself, wrapped like data keys: what session cookies are signed with.
CREATE TABLE instance_secrets (
  name text PRIMARY KEY,
  key_id text NOT NULL,
  wrapped_key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- One rotation of an organization's keys: how far it has come, so that it goes on there after a kill.
CREATE TABLE key_rotations (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  -- The run over all organizations that it is part of; null when it was asked for by itself.
  run uuid,
  status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'completed')),
  -- The version that values are moved to; null when only the wraps are made anew.
  to_version integer,
  -- The sealed column in work (`table.column`) and the last row of it that is done.
  at_column text,
  after_row text,
  total integer NOT NULL DEFAULT 0,
  moved integer NOT NULL DEFAULT 0,
  unreadable integer NOT NULL DEFAULT 0,
  error_code text,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE UNIQUE INDEX key_rotations_running ON key_rotations (organization_id) WHERE status = 'running';
CREATE INDEX key_rotations_organization ON key_rotations (organization_id, id DESC);

-- The newest entry of each audit log, kept apart from it: entries cut off at the end are missed here.
CREATE TABLE audit_heads (
  organization_id uuid PRIMARY KEY REFERENCES organizations ON DELETE CASCADE,
  sequence bigint NOT NULL,
  hash text NOT NULL
);
CREATE FUNCTION keep_audit_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sequence < OLD.sequence THEN
    RAISE EXCEPTION 'the head of an audit log moves forward only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_heads_forward BEFORE UPDATE ON audit_heads FOR EACH ROW EXECUTE FUNCTION keep_audit_head();

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['key_rotations', 'audit_heads'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO koble_app USING (organization_id = current_organization())
      WITH CHECK (organization_id = current_organization())', name);
    EXECUTE format('CREATE POLICY system ON %I TO koble_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO koble_app, koble_system', name);
  END LOOP;
END $$;
ALTER TABLE instance_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE instance_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY system ON instance_secrets TO koble_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON instance_secrets TO koble_system;

SET LOCAL ROLE koble_system;
INSERT INTO audit_heads (organization_id, sequence, hash)
  SELECT DISTINCT ON (organization_id) organization_id, sequence, hash FROM audit_log
  ORDER BY organization_id, sequence DESC;
RESET ROLE;

-- Sealed columns are marked, and listed beside the code that rotates their keys; a test compares the two.
COMMENT ON COLUMN integrations.secrets IS 'sealed';
COMMENT ON COLUMN connections.credentials IS 'sealed';
COMMENT ON COLUMN webhook_endpoints.secret IS 'sealed';
COMMENT ON COLUMN webhook_endpoints.previous_secret IS 'sealed';
COMMENT ON COLUMN oauth_states.sealed IS 'sealed';
COMMENT ON COLUMN idempotency_keys.sealed_body IS 'sealed';
