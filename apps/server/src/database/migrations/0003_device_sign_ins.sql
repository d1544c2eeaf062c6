-- Sign-ins that wait to be confirmed on another device (RFC 8628). A row is deleted as soon as it is decided.
CREATE TABLE device_sign_ins (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  integration_id uuid NOT NULL REFERENCES integrations ON DELETE CASCADE,
  connect_session_id uuid NOT NULL REFERENCES connect_sessions ON DELETE CASCADE,
  external_user_id text NOT NULL,
  -- The device code, by which whoever has it gets the tokens.
  sealed text NOT NULL,
  interval_ms integer NOT NULL,
  -- Nobody asks the provider before this time, and whoever asks moves it first, so that one process asks at a time.
  ask_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
COMMENT ON COLUMN device_sign_ins.sealed IS 'sealed';
CREATE INDEX device_sign_ins_session ON device_sign_ins (connect_session_id);
CREATE INDEX device_sign_ins_due ON device_sign_ins (ask_at);

ALTER TABLE device_sign_ins ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_sign_ins FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON device_sign_ins TO koble_app USING (organization_id = current_organization())
  WITH CHECK (organization_id = current_organization());
CREATE POLICY system ON device_sign_ins TO koble_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON device_sign_ins TO koble_app, koble_system;
