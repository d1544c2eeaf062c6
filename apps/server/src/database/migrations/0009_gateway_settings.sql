-- What the gateway does beside passing calls on: {cache, transforms, validation, openapi}. The OpenAPI document is kept as
-- its text, so that it comes back as it was written, and is parsed only where it is used.
ALTER TABLE integrations ADD COLUMN gateway_settings jsonb NOT NULL DEFAULT '{}';
