-- API keys can be changed after they were made: every node hears of a new name or list of networks too.
DROP TRIGGER api_keys_changed ON api_keys;
CREATE TRIGGER api_keys_changed AFTER UPDATE OF name, role, expires_at, ip_allow_list, revoked_at OR DELETE ON api_keys
  FOR EACH ROW EXECUTE FUNCTION notify_change();

-- Where an audit log begins, once its oldest entries were removed: the last one removed, sealed so that nobody without
-- the organization's data key can move it.
CREATE TABLE audit_anchors (
  organization_id uuid PRIMARY KEY REFERENCES organizations ON DELETE CASCADE,
  sequence bigint NOT NULL,
  hash text NOT NULL,
  seal text NOT NULL,
  removed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN audit_anchors.seal IS 'sealed';
CREATE FUNCTION keep_audit_anchor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.sequence < OLD.sequence THEN
    RAISE EXCEPTION 'the anchor of an audit log moves forward only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_anchors_forward BEFORE UPDATE ON audit_anchors
  FOR EACH ROW EXECUTE FUNCTION keep_audit_anchor();

ALTER TABLE audit_anchors ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_anchors FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_anchors TO koble_app USING (organization_id = current_organization());
CREATE POLICY system ON audit_anchors TO koble_system USING (true) WITH CHECK (true);
GRANT SELECT ON audit_anchors TO koble_app, koble_system;
-- A rotation of keys seals it anew.
GRANT UPDATE (seal) ON audit_anchors TO koble_system;

-- Only the owner of the schema removes entries, one organization at a time, and none that is younger than any policy allows.
CREATE POLICY retention ON audit_anchors TO CURRENT_USER USING (organization_id = current_organization())
  WITH CHECK (organization_id = current_organization());
CREATE POLICY retention_reads ON audit_log FOR SELECT TO CURRENT_USER USING (organization_id = current_organization());
CREATE POLICY retention_removes ON audit_log FOR DELETE TO CURRENT_USER
  USING (organization_id = current_organization());
CREATE POLICY young_entries_stay ON audit_log AS RESTRICTIVE FOR DELETE USING (at < now() - interval '29 days');
