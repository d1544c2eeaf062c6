-- What an endpoint takes in, what is done with it, and how often it is tried.
ALTER TABLE webhook_endpoints
  ADD COLUMN name text NOT NULL DEFAULT '',
  ADD COLUMN connection_id uuid REFERENCES connections ON DELETE CASCADE,
  -- Scheme and sources of a service of one's own; null where the provider's definition says it.
  ADD COLUMN verification jsonb,
  ADD COLUMN handlers jsonb NOT NULL DEFAULT '[{"type": "forward"}, {"type": "activity"}]',
  ADD COLUMN unmatched text NOT NULL DEFAULT 'hold' CHECK (unmatched IN ('hold', 'forward')),
  ADD COLUMN ip_allow_list text[] NOT NULL DEFAULT '{}',
  -- {requests, perSeconds}
  ADD COLUMN rate_limit jsonb,
  ADD COLUMN body_bytes_max integer NOT NULL DEFAULT 5242880,
  ADD COLUMN retry_policy jsonb NOT NULL
    DEFAULT '{"attempts": 3, "firstWaitSeconds": 2, "factor": 2, "schedule": null}',
  -- {key, whenParked}
  ADD COLUMN ordering jsonb,
  ADD COLUMN processing text NOT NULL DEFAULT 'running' CHECK (processing IN ('running', 'paused', 'resuming'));
CREATE INDEX webhook_endpoints_connection ON webhook_endpoints (connection_id) WHERE connection_id IS NOT NULL;

ALTER TABLE webhook_events
  ADD COLUMN ordering_key text,
  ADD COLUMN replays integer NOT NULL DEFAULT 0,
  ADD COLUMN next_attempt_at timestamptz,
  -- The latest attempts, oldest first.
  ADD COLUMN attempt_log jsonb NOT NULL DEFAULT '[]',
  DROP CONSTRAINT webhook_events_status_check,
  ADD CONSTRAINT webhook_events_status_check CHECK
    (status IN ('pending', 'processing', 'completed', 'retrying', 'failed', 'unroutable', 'parked'));
-- Both are empty for an event that goes well and concerns no connection, so that taking it in costs nothing more.
CREATE INDEX webhook_events_stuck ON webhook_events (organization_id, status, id DESC)
  WHERE status IN ('retrying', 'failed', 'unroutable', 'parked');
CREATE INDEX webhook_events_connection ON webhook_events (connection_id, id DESC) WHERE connection_id IS NOT NULL;

-- Events that may not be processed at once: those whose order is kept, until they are over, and those of an endpoint
-- that is paused. `position` is the order of acknowledgement: whoever waited for an answer before sending on comes later.
CREATE TABLE webhook_event_queue (
  event_id uuid PRIMARY KEY,
  received_at timestamptz NOT NULL,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  endpoint_id uuid NOT NULL,
  -- Null for one that waits only because its endpoint is paused.
  ordering_key text,
  position bigint GENERATED ALWAYS AS IDENTITY,
  not_before timestamptz,
  parked boolean NOT NULL DEFAULT false
);
CREATE INDEX webhook_event_queue_lane ON webhook_event_queue (endpoint_id, ordering_key, position);
CREATE INDEX webhook_event_queue_held ON webhook_event_queue (endpoint_id, event_id) WHERE ordering_key IS NULL;

-- What came of the events of an endpoint, by the hour in which it did. Like the tables around it, it does not refer to
-- the endpoint: one that is removed meanwhile must not fail what is written for many.
CREATE TABLE webhook_endpoint_stats (
  endpoint_id uuid NOT NULL,
  hour timestamptz NOT NULL,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  received bigint NOT NULL DEFAULT 0,
  completed bigint NOT NULL DEFAULT 0,
  failed bigint NOT NULL DEFAULT 0,
  unroutable bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (endpoint_id, hour)
);
CREATE INDEX webhook_endpoint_stats_hour ON webhook_endpoint_stats (hour);

CREATE TABLE webhook_rejections (
  endpoint_id uuid NOT NULL,
  hour timestamptz NOT NULL,
  reason text NOT NULL,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  count bigint NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (endpoint_id, hour, reason)
);
CREATE INDEX webhook_rejections_hour ON webhook_rejections (hour);
CREATE TABLE webhook_rejection_samples (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  endpoint_id uuid NOT NULL,
  reason text NOT NULL,
  method text NOT NULL,
  remote_address text,
  headers jsonb NOT NULL,
  body_bytes integer NOT NULL
);
CREATE INDEX webhook_rejection_samples_endpoint ON webhook_rejection_samples (endpoint_id, id DESC);

-- Replays of many events. Each step and the progress it means are written together with the job of the next.
CREATE TABLE webhook_replays (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'completed', 'cancelled')),
  filter jsonb NOT NULL,
  per_second integer NOT NULL,
  total integer NOT NULL,
  done integer NOT NULL DEFAULT 0,
  -- The last event of the last step.
  after_id uuid,
  created_by jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE INDEX webhook_replays_organization ON webhook_replays (organization_id, id DESC);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['webhook_event_queue', 'webhook_endpoint_stats', 'webhook_rejections',
    'webhook_rejection_samples', 'webhook_replays'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO koble_app USING (organization_id = current_organization())
      WITH CHECK (organization_id = current_organization())', name);
    EXECUTE format('CREATE POLICY system ON %I TO koble_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO koble_app, koble_system', name);
  END LOOP;
END $$;
