-- Code of an organization's own, run in the sandbox at named hooks.
CREATE TABLE plugins (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  name text NOT NULL,
  hook text NOT NULL CHECK (hook IN ('webhook.event')),
  enabled boolean NOT NULL DEFAULT true,
  timeout_ms integer NOT NULL CHECK (timeout_ms BETWEEN 50 AND 1000),
  -- The one that runs.
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, name)
);
CREATE INDEX plugins_organization ON plugins (organization_id, id DESC);

-- What a version says never changes.
CREATE TABLE plugin_versions (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  plugin_id uuid NOT NULL REFERENCES plugins ON DELETE CASCADE,
  version integer NOT NULL,
  code text NOT NULL,
  -- {type, id, label}
  created_by jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (plugin_id, version)
);
CREATE INDEX plugin_versions_plugin ON plugin_versions (plugin_id, id DESC);
ALTER TABLE plugins ADD FOREIGN KEY (id, version) REFERENCES plugin_versions (plugin_id, version)
  DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'A row of % never changes', TG_TABLE_NAME;
END $$;
CREATE TRIGGER plugin_versions_immutable AFTER UPDATE ON plugin_versions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plugins_changed AFTER UPDATE OR DELETE ON plugins
  FOR EACH ROW EXECUTE FUNCTION notify_change();

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['plugins', 'plugin_versions'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO koble_app USING (organization_id = current_organization())
      WITH CHECK (organization_id = current_organization())', name);
    EXECUTE format('CREATE POLICY system ON %I TO koble_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO koble_app, koble_system', name);
  END LOOP;
END $$;
