-- UUIDv7 (RFC 9562, section 5.7) for rows that a statement makes: PostgreSQL has a function for them from 18 on only.
CREATE FUNCTION new_uuidv7() RETURNS uuid LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
    PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53,
    1), 'hex')::uuid
$$;

-- Datasets that are kept up to date from providers, one operation as one account each.
CREATE TABLE syncs (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  integration_id uuid NOT NULL REFERENCES integrations ON DELETE CASCADE,
  connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
  provider_id text NOT NULL,
  name text NOT NULL,
  operation text NOT NULL,
  input jsonb NOT NULL,
  -- The field of the operation's output that has the items, and the path of the id within one.
  items text NOT NULL,
  record_id text NOT NULL,
  -- Null: it runs only by hand or by webhook.
  every_minutes integer CHECK (every_minutes > 0),
  deletes text NOT NULL CHECK (deletes IN ('mark', 'keep')),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused')),
  -- In whose name the provider is called.
  actor jsonb NOT NULL,
  -- Records that are not marked as deleted; counted along with each page.
  records integer NOT NULL DEFAULT 0,
  last_run_at timestamptz,
  last_run_status text CHECK (last_run_status IN ('completed', 'failed', 'cancelled')),
  next_run_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX syncs_organization ON syncs (organization_id, id DESC);
CREATE INDEX syncs_integration ON syncs (integration_id, id DESC);
CREATE INDEX syncs_connection ON syncs (connection_id, id DESC);
CREATE INDEX syncs_due ON syncs (next_run_at) WHERE status = 'active' AND next_run_at IS NOT NULL;

-- The runs.
CREATE TABLE sync_jobs (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  sync_id uuid NOT NULL REFERENCES syncs ON DELETE CASCADE,
  trigger text NOT NULL CHECK (trigger IN ('manual', 'schedule', 'webhook')),
  -- Which event asked for it first. No reference: events are dropped by the day.
  event_id uuid,
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  -- The checkpoint, written with each page: what was asked for when it began, where the next page begins, and how many
  -- there were.
  input jsonb,
  cursor text,
  pages integer NOT NULL DEFAULT 0,
  created integer NOT NULL DEFAULT 0,
  updated integer NOT NULL DEFAULT 0,
  unchanged integer NOT NULL DEFAULT 0,
  deleted integer NOT NULL DEFAULT 0,
  -- Failed attempts at the next page, in a row.
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  error_code text,
  error_message text,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX sync_jobs_sync ON sync_jobs (sync_id, id DESC);
CREATE INDEX sync_jobs_finished ON sync_jobs (finished_at) WHERE finished_at IS NOT NULL;
-- One that runs, and one that waits: whoever asks meanwhile joins the latter.
CREATE UNIQUE INDEX sync_jobs_running ON sync_jobs (sync_id) WHERE status = 'running';
CREATE UNIQUE INDEX sync_jobs_queued ON sync_jobs (sync_id) WHERE status = 'queued';

-- What the pages of a run that is under way had: which records were there, and where each page began.
CREATE TABLE sync_pages (
  organization_id uuid NOT NULL,
  job_id uuid NOT NULL REFERENCES sync_jobs ON DELETE CASCADE,
  number integer NOT NULL,
  -- SHA-256; null for the first.
  cursor_hash bytea,
  record_ids text[] NOT NULL,
  PRIMARY KEY (job_id, number)
);
CREATE UNIQUE INDEX sync_pages_cursor ON sync_pages (job_id, cursor_hash);

CREATE TABLE sync_records (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  sync_id uuid NOT NULL REFERENCES syncs ON DELETE CASCADE,
  -- The provider's id.
  external_id text NOT NULL,
  -- Not jsonb, which has no place for the character U+0000.
  payload json NOT NULL,
  -- SHA-256 of the payload with its keys in order.
  hash bytea NOT NULL,
  -- How often it has changed since it came in as 1.
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  PRIMARY KEY (sync_id, id),
  UNIQUE (sync_id, external_id)
);
CREATE INDEX sync_records_deleted ON sync_records (sync_id, id DESC) WHERE deleted_at IS NOT NULL;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['syncs', 'sync_jobs', 'sync_pages', 'sync_records'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO koble_app USING (organization_id = current_organization())
      WITH CHECK (organization_id = current_organization())', name);
    EXECUTE format('CREATE POLICY system ON %I TO koble_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO koble_app, koble_system', name);
  END LOOP;
END $$;
