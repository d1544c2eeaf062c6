-- Operations on many connections. What they work with may hold credentials or name a person, so it is sealed, and
-- gone as soon as they end.
CREATE TABLE bulk_operations (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  kind text NOT NULL,
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'completed', 'failed', 'cancelled')),
  filter jsonb,
  input text,
  -- An export's file, which is sealed for whoever asked for it.
  bundle text,
  total integer NOT NULL,
  done integer NOT NULL DEFAULT 0,
  failed integer NOT NULL DEFAULT 0,
  counts jsonb NOT NULL DEFAULT '{}',
  errors jsonb NOT NULL DEFAULT '[]',
  error_code text,
  error_message text,
  created_by jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX bulk_operations_organization ON bulk_operations (organization_id, id DESC);

-- The items of an operation in pieces, fixed when it begins. A piece and the progress it means are written together, so
-- a killed node repeats one piece at most.
CREATE TABLE bulk_batches (
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  operation_id uuid NOT NULL REFERENCES bulk_operations ON DELETE CASCADE,
  number integer NOT NULL,
  connection_ids uuid[],
  items text,
  output text,
  done_at timestamptz,
  -- Names the row to the seals of its columns.
  place text NOT NULL GENERATED ALWAYS AS (operation_id::text || '/' || number::text) STORED UNIQUE,
  PRIMARY KEY (operation_id, number)
);

COMMENT ON COLUMN bulk_operations.input IS 'sealed';
COMMENT ON COLUMN bulk_batches.items IS 'sealed';
COMMENT ON COLUMN bulk_batches.output IS 'sealed';

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['bulk_operations', 'bulk_batches'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO koble_app USING (organization_id = current_organization())
      WITH CHECK (organization_id = current_organization())', name);
    EXECUTE format('CREATE POLICY system ON %I TO koble_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO koble_app, koble_system', name);
  END LOOP;
END $$;

-- The list of external users, and everything of one of them.
CREATE INDEX connections_external_user ON connections (organization_id, external_user_id);
CREATE INDEX connect_sessions_external_user ON connect_sessions (organization_id, external_user_id);
