-- How an integration's GraphQL API is called: the organization's own words, over the provider's definition.
ALTER TABLE integrations ADD COLUMN graphql jsonb NOT NULL DEFAULT '{}';

-- What introspection brought, so that a restart does not ask for it again. It is large, and is no secret of an account.
CREATE TABLE graphql_schemas (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  integration_id uuid NOT NULL REFERENCES integrations ON DELETE CASCADE,
  endpoint text NOT NULL,
  sdl text,
  -- By which a node knows that it holds this very schema already.
  sdl_hash text,
  not_available_because text CHECK (not_available_because IN ('introspection_disabled', 'introspection_failed')),
  fetched_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  UNIQUE (integration_id, endpoint),
  CHECK ((sdl IS NULL) = (sdl_hash IS NULL)),
  CHECK ((sdl IS NULL) = (not_available_because IS NOT NULL))
);
CREATE INDEX graphql_schemas_organization ON graphql_schemas (organization_id);

-- Operations that are called by their names.
CREATE TABLE graphql_operations (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  integration_id uuid NOT NULL REFERENCES integrations ON DELETE CASCADE,
  name text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('query', 'mutation', 'subscription')),
  document text NOT NULL,
  description text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (integration_id, name)
);
CREATE INDEX graphql_operations_organization ON graphql_operations (organization_id, id DESC);

CREATE TRIGGER graphql_schemas_changed AFTER UPDATE OR DELETE ON graphql_schemas
  FOR EACH ROW EXECUTE FUNCTION notify_change();
CREATE TRIGGER graphql_operations_changed AFTER UPDATE OR DELETE ON graphql_operations
  FOR EACH ROW EXECUTE FUNCTION notify_change();

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['graphql_schemas', 'graphql_operations'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO koble_app USING (organization_id = current_organization())
      WITH CHECK (organization_id = current_organization())', name);
    EXECUTE format('CREATE POLICY system ON %I TO koble_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO koble_app, koble_system', name);
  END LOOP;
END $$;
