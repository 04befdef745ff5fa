-- What owners wrote over texts of modules and of the platform: every version, the newest counts. Without a body: from
-- there on as it stands beneath.
CREATE TABLE texts (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  module TEXT NOT NULL,
  key TEXT NOT NULL,
  language TEXT NOT NULL,
  version BIGINT NOT NULL,
  body TEXT,
  written_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, kind, module, key, language, version)
);
