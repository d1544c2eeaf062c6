-- What an organization demands of its integrations, keys and logs. Left-out members have the defaults that
-- `modules/organizations/policies.ts` gives them.
ALTER TABLE organizations ADD COLUMN policies jsonb NOT NULL DEFAULT '{}';
CREATE TRIGGER organizations_changed AFTER UPDATE OF policies OR DELETE ON organizations
  FOR EACH ROW EXECUTE FUNCTION notify_change();

-- From where a key may be used; empty means from anywhere. `created_by` is the person behind the key, also when it was
-- made with another key of theirs: nobody may approve by a key what they asked for themselves.
ALTER TABLE api_keys
  ADD COLUMN ip_allow_list text[] NOT NULL DEFAULT '{}',
  ADD COLUMN created_by uuid REFERENCES users ON DELETE SET NULL;

ALTER TABLE integrations
  ADD COLUMN ip_allow_list text[] NOT NULL DEFAULT '{}',
  ADD COLUMN classification text CHECK (classification IN ('open', 'internal', 'restricted')),
  ADD COLUMN processing jsonb;

-- Requests to use a new integration, or to widen one. They outlive the integration they are about, hence no foreign key.
CREATE TABLE approvals (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  integration_id uuid NOT NULL,
  integration_name text NOT NULL,
  provider_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('new', 'change')),
  status text NOT NULL DEFAULT 'pending'
    CHECK (status IN ('pending', 'approved', 'rejected', 'withdrawn', 'superseded')),
  requested_by_type text NOT NULL,
  requested_by_id text NOT NULL,
  requested_by_label text NOT NULL,
  -- The person who asked, also when it was by a key of theirs.
  requested_by_user uuid,
  requested_at timestamptz NOT NULL DEFAULT now(),
  justification text NOT NULL,
  -- What is asked for, as it is shown to those who decide.
  asks jsonb NOT NULL,
  -- The change that waits, sealed: it may hold a new client secret.
  change text,
  decided_by_type text,
  decided_by_id text,
  decided_by_label text,
  decided_at timestamptz,
  reason text,
  self_approved boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN approvals.change IS 'sealed';
CREATE INDEX approvals_organization ON approvals (organization_id, id DESC);
CREATE UNIQUE INDEX approvals_pending ON approvals (integration_id) WHERE status = 'pending';

ALTER TABLE approvals ENABLE ROW LEVEL SECURITY;
ALTER TABLE approvals FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON approvals TO koble_app USING (organization_id = current_organization())
  WITH CHECK (organization_id = current_organization());
CREATE POLICY system ON approvals TO koble_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON approvals TO koble_app, koble_system;
