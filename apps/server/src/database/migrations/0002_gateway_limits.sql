-- What calls through the gateway are held to: the organization's own words, over the provider's definition.
ALTER TABLE integrations ADD COLUMN rate_limits jsonb NOT NULL DEFAULT '{}';

-- Where the time of a call went. `duration_ms` is the whole, until the end of the body.
ALTER TABLE integration_requests
  ADD COLUMN queue_ms real,
  ADD COLUMN connect_ms real,
  ADD COLUMN first_byte_ms real;
