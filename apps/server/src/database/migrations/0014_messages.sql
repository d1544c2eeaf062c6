-- What Koble sends: a message is fanned out to destinations, one delivery each; every try is an attempt.

-- The kinds of messages an organization sends, each version with its schema.
CREATE TABLE event_types (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  name text NOT NULL,
  version integer NOT NULL,
  description text NOT NULL DEFAULT '',
  -- JSON Schema of `data`; null allows anything.
  schema jsonb,
  examples jsonb NOT NULL DEFAULT '[]',
  archived boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (organization_id, name, version)
);
CREATE INDEX event_types_organization ON event_types (organization_id, id DESC);

CREATE TABLE destinations (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  -- Whose it is; null is the organization's own, which gets the messages of everybody.
  external_user_id text,
  name text NOT NULL,
  type text NOT NULL CHECK (type IN ('https', 'rabbitmq', 'kafka', 'redis_stream', 'nats_jetstream', 's3')),
  -- Where to, by type; free of secrets.
  config jsonb NOT NULL,
  -- JSON: what the receiver or the broker wants to see, and headers that carry secrets.
  secrets text,
  signing text NOT NULL DEFAULT 'standard' CHECK (signing IN ('standard', 'ed25519', 'hex_hmac', 'none')),
  -- Sends svix-id, svix-timestamp and svix-signature beside the standard's headers.
  svix_headers boolean NOT NULL DEFAULT false,
  signing_secret text,
  previous_signing_secret text,
  previous_signing_secret_until timestamptz,
  payload_format text NOT NULL DEFAULT 'envelope'
    CHECK (payload_format IN ('envelope', 'raw', 'cloudevents', 'cloudevents_binary')),
  -- Patterns such as `invoice.*`; `*` alone takes everything.
  event_types text[] NOT NULL DEFAULT '{*}',
  filter jsonb,
  -- A JSONata expression over the payload.
  transform text,
  headers jsonb NOT NULL DEFAULT '{}',
  -- {requests, perSeconds}
  rate_limit jsonb,
  concurrency integer NOT NULL DEFAULT 10,
  timeout_ms integer NOT NULL DEFAULT 15000,
  -- Seconds before each further attempt.
  retry_schedule integer[] NOT NULL DEFAULT '{5,300,1800,7200,18000,36000,36000}',
  -- Messages with the same ordering key go one after the other.
  ordered boolean NOT NULL DEFAULT false,
  status text NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled')),
  disabled_reason text CHECK (disabled_reason IN ('manual', 'gone', 'failing')),
  disabled_at timestamptz,
  -- Since when nothing but failures came back; null after a success.
  failing_since timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX destinations_organization ON destinations (organization_id, id DESC);
COMMENT ON COLUMN destinations.secrets IS 'sealed';
COMMENT ON COLUMN destinations.signing_secret IS 'sealed';
COMMENT ON COLUMN destinations.previous_signing_secret IS 'sealed';

-- The ids that callers chose; a unique index on a partitioned table would have to contain the partition key.
CREATE TABLE message_keys (
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  external_id text NOT NULL,
  message_id uuid NOT NULL,
  -- Of what was sent with the id: the same id with something else is a mistake.
  content_hash text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, external_id)
);
CREATE INDEX message_keys_created ON message_keys (created_at);

CREATE TABLE messages (
  id uuid NOT NULL,
  -- The moment in the id.
  created_at timestamptz NOT NULL,
  organization_id uuid NOT NULL,
  external_id text,
  event_type text NOT NULL,
  event_type_version integer,
  external_user_id text,
  ordering_key text,
  source text NOT NULL CHECK (source IN ('api', 'webhook', 'system')),
  -- Of an inbound event that is passed on: its body is read from there.
  event_id uuid,
  provider_id text,
  connection_id uuid,
  content_type text NOT NULL DEFAULT 'application/json',
  body bytea,
  PRIMARY KEY (id, created_at),
  CHECK (body IS NOT NULL OR event_id IS NOT NULL)
) PARTITION BY RANGE (created_at);
CREATE INDEX messages_organization ON messages (organization_id, id DESC);
CREATE INDEX messages_event ON messages (event_id) WHERE event_id IS NOT NULL;

-- A message × a destination. It ends as delivered, filtered, parked (the destination is off) or dead.
CREATE TABLE deliveries (
  message_id uuid NOT NULL,
  destination_id uuid NOT NULL,
  -- The message's.
  created_at timestamptz NOT NULL,
  organization_id uuid NOT NULL,
  event_type text NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'retrying', 'delivered', 'filtered', 'parked', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  -- Where in the retry schedule it is; a resend begins anew.
  step integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  -- While somebody makes an attempt: which node, and until when nobody else may.
  lease_owner integer,
  leased_until timestamptz,
  -- Null where no order is kept. By its bytes, so that programs can say which of two comes first.
  ordering_key text COLLATE "C",
  -- The order of ordered messages.
  position bigint GENERATED ALWAYS AS IDENTITY,
  response_status integer,
  error_code text,
  error_message text,
  finished_at timestamptz,
  PRIMARY KEY (message_id, destination_id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX deliveries_destination ON deliveries (destination_id, message_id DESC);
-- Those with an ordering key have an index of their own: however many wait for the one before them, none is looked at here.
CREATE INDEX deliveries_due ON deliveries (destination_id, next_attempt_at)
  WHERE status IN ('pending', 'retrying') AND ordering_key IS NULL;
CREATE INDEX deliveries_ordered ON deliveries (destination_id, ordering_key, position)
  WHERE status IN ('pending', 'retrying') AND ordering_key IS NOT NULL;
CREATE INDEX deliveries_stuck ON deliveries (organization_id, status, message_id DESC) WHERE status IN ('parked', 'dead');

CREATE TABLE attempts (
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  organization_id uuid NOT NULL,
  message_id uuid NOT NULL,
  destination_id uuid NOT NULL,
  number integer NOT NULL,
  succeeded boolean NOT NULL,
  target text NOT NULL,
  response_status integer,
  response_headers jsonb,
  -- Its first 20 KB.
  response_body bytea,
  error_code text,
  error_message text,
  -- From its turn to the answer's first byte, and to its end.
  first_byte_ms double precision,
  duration_ms double precision NOT NULL,
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX attempts_delivery ON attempts (message_id, destination_id);
CREATE INDEX attempts_destination ON attempts (destination_id, id DESC);

-- What an end user may see of the own destinations, and change, for a while.
CREATE TABLE portal_sessions (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
  token_hash text NOT NULL UNIQUE,
  external_user_id text NOT NULL,
  read_only boolean NOT NULL DEFAULT false,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE messages_default PARTITION OF messages DEFAULT;
CREATE TABLE deliveries_default PARTITION OF deliveries DEFAULT WITH (fillfactor = 50);
CREATE TABLE attempts_default PARTITION OF attempts DEFAULT;

-- As before, with the three tables above. Half of each page of the deliveries stays free: a lease changes no index then.
CREATE OR REPLACE FUNCTION make_partitions(first_day date, days integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  parent text;
  day date;
BEGIN
  FOREACH parent IN ARRAY ARRAY['webhook_events', 'integration_requests', 'activities', 'messages', 'deliveries',
    'attempts'] LOOP
    FOR day IN SELECT generate_series(first_day, first_day + days - 1, interval '1 day')::date LOOP
      IF to_regclass(format('%I', parent || to_char(day, '_YYYYMMDD'))) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = %s)',
          parent || to_char(day, '_YYYYMMDD'), parent, day::timestamp AT TIME ZONE 'UTC',
          (day + 1)::timestamp AT TIME ZONE 'UTC', CASE parent WHEN 'deliveries' THEN 50 ELSE 100 END);
      END IF;
    END LOOP;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION drop_partitions(before date) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  partition record;
  dropped integer := 0;
BEGIN
  FOR partition IN
    SELECT child.relname AS name FROM pg_inherits
    JOIN pg_class child ON child.oid = inhrelid
    JOIN pg_class parent ON parent.oid = inhparent
    WHERE parent.relname IN ('webhook_events', 'integration_requests', 'activities', 'messages', 'deliveries', 'attempts')
      AND child.relname ~ '_\d{8}$' AND to_date(right(child.relname, 8), 'YYYYMMDD') < before
  LOOP
    EXECUTE format('DROP TABLE %I', partition.name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;

-- Told of under the organization's id as well, for whoever keeps all destinations of one in memory.
CREATE FUNCTION notify_destination_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('koble_change', 'destinations:' || coalesce(NEW.id, OLD.id)::text);
  PERFORM pg_notify('koble_change', 'destinations_of:' || coalesce(NEW.organization_id, OLD.organization_id)::text);
  RETURN NULL;
END $$;
CREATE TRIGGER destinations_changed AFTER INSERT OR DELETE ON destinations
  FOR EACH ROW EXECUTE FUNCTION notify_destination_change();
-- `failing_since` changes with the fortune of the receiver, and nobody keeps it in memory.
CREATE TRIGGER destinations_altered AFTER UPDATE ON destinations FOR EACH ROW
  WHEN (OLD.updated_at IS DISTINCT FROM NEW.updated_at OR OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION notify_destination_change();
-- What is kept in memory for an organization as a whole is forgotten as a whole.
CREATE FUNCTION notify_organization_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('koble_change', TG_TABLE_NAME || ':' || coalesce(NEW.organization_id, OLD.organization_id)::text);
  RETURN NULL;
END $$;
CREATE TRIGGER event_types_changed AFTER INSERT OR UPDATE OR DELETE ON event_types
  FOR EACH ROW EXECUTE FUNCTION notify_organization_change();

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['event_types', 'destinations', 'message_keys', 'messages', 'deliveries', 'attempts',
    'portal_sessions'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY tenant ON %I TO koble_app USING (organization_id = current_organization())
      WITH CHECK (organization_id = current_organization())', name);
    EXECUTE format('CREATE POLICY system ON %I TO koble_system USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO koble_app, koble_system', name);
  END LOOP;
END $$;
