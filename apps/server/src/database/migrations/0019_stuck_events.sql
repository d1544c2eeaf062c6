-- The dead letters of one endpoint, where most of the organization's are another's.
CREATE INDEX webhook_events_endpoint_stuck ON webhook_events (endpoint_id, status, id DESC)
  WHERE status IN ('retrying', 'failed', 'unroutable', 'parked');
