-- Whether redacted copies of what passes through are kept beside the log of calls.
ALTER TABLE integrations ADD COLUMN body_logging text NOT NULL DEFAULT 'off' CHECK (body_logging IN ('off', 'redacted'));

-- Redacted request and response, where they were kept.
ALTER TABLE integration_requests ADD COLUMN exchange jsonb;
CREATE INDEX integration_requests_integration ON integration_requests (integration_id, id DESC);

-- The calls of each minute and of each hour in one row: what charts and percentiles are read from. Written by the
-- statement that logs the calls, so that both tell the same.
CREATE TABLE request_stats (
  organization_id uuid NOT NULL,
  integration_id uuid NOT NULL,
  grain text NOT NULL CHECK (grain IN ('minute', 'hour')),
  at timestamptz NOT NULL,
  calls integer NOT NULL,
  failures integer NOT NULL,
  cache_hits integer NOT NULL,
  -- Failures by class: `http_404`, or an error code.
  errors jsonb NOT NULL DEFAULT '{}',
  -- How many calls took how long, by buckets that grow by the fourth root of two.
  durations integer[] NOT NULL,
  PRIMARY KEY (organization_id, grain, at, integration_id)
) WITH (fillfactor = 60);
-- Old rows are found by it; it costs next to nothing to keep.
CREATE INDEX request_stats_at ON request_stats USING brin (at);

CREATE FUNCTION add_counts(a integer[], b integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg(coalesce(one, 0) + coalesce(other, 0) ORDER BY place)
  FROM unnest(a, b) WITH ORDINALITY AS both_of (one, other, place)
$$;

CREATE FUNCTION add_counts(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN b = '{}' THEN a WHEN a = '{}' THEN b ELSE (
    SELECT jsonb_object_agg(key, total)
    FROM (SELECT key, sum(value::bigint) AS total
      FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) AS counts GROUP BY key) AS totals
  ) END
$$;

ALTER TABLE request_stats ENABLE ROW LEVEL SECURITY;
ALTER TABLE request_stats FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON request_stats TO koble_app USING (organization_id = current_organization())
  WITH CHECK (organization_id = current_organization());
CREATE POLICY system ON request_stats TO koble_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON request_stats TO koble_app, koble_system;
