-- What owners wrote over texts of modules and of the platform: every version, the newest counts. Without a body: from
-- there on as it stands beneath.
CREATE TABLE texts (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  module TEXT NOT NULL,
  key TEXT NOT NULL,
  language TEXT NOT NULL,
  version BIGINT NOT NULL,
  body TEXT,
  written_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, kind, module, key, language, version)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON texts TO frontdesk_app;
ALTER TABLE texts ENABLE ROW LEVEL SECURITY;
ALTER TABLE texts FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON texts
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
