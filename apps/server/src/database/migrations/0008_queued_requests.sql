-- Calls through the gateway that failed and whose callers asked to have them tried again.
CREATE TABLE queued_requests (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  integration_id uuid NOT NULL REFERENCES integrations ON DELETE CASCADE,
  connection_id uuid NOT NULL REFERENCES connections ON DELETE CASCADE,
  provider_id text NOT NULL,
  -- Who asked, as JSON; the call is made on their behalf.
  actor jsonb NOT NULL,
  method text NOT NULL,
  path text NOT NULL,
  -- Headers and body of the request, and of the answer once there is one.
  sealed_request text NOT NULL,
  sealed_response text,
  status text NOT NULL DEFAULT 'queued'
    CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'dead', 'cancelled')),
  attempts integer NOT NULL,
  -- Names the one job that may make the next attempt; whatever changes the plan counts it up.
  generation integer NOT NULL DEFAULT 1,
  next_attempt_at timestamptz,
  response_status integer,
  error_code text,
  error_message text,
  callback_url text,
  callback_status text CHECK (callback_status IN ('pending', 'delivered', 'failed')),
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX queued_requests_organization ON queued_requests (organization_id, id DESC);
CREATE INDEX queued_requests_connection ON queued_requests (connection_id, id DESC);
CREATE INDEX queued_requests_finished ON queued_requests (finished_at) WHERE finished_at IS NOT NULL;

-- With which an organization's callbacks are signed.
CREATE TABLE callback_secrets (
  organization_id uuid PRIMARY KEY REFERENCES organizations ON DELETE CASCADE,
  sealed_secret text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN queued_requests.sealed_request IS 'sealed';
COMMENT ON COLUMN queued_requests.sealed_response IS 'sealed';
COMMENT ON COLUMN callback_secrets.sealed_secret IS 'sealed';

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['queued_requests', 'callback_secrets'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO koble_app USING (organization_id = current_organization())
      WITH CHECK (organization_id = current_organization())', name);
    EXECUTE format('CREATE POLICY system ON %I TO koble_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO koble_app, koble_system', name);
  END LOOP;
END $$;
