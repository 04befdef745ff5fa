-- Each version of what a module remembers has a space of its own, so that going back finds the old one.
ALTER TABLE activations ADD COLUMN data_version BIGINT NOT NULL DEFAULT 0;

-- Who vouches for a release. Absent: the operator alone did, when installing it.
CREATE TABLE release_seals (
  digest TEXT PRIMARY KEY REFERENCES releases (digest),
  manifest TEXT NOT NULL,
  public_key TEXT NOT NULL,
  signature TEXT NOT NULL
);

-- What calls of modules cost, by day.
CREATE TABLE module_usage (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  day TEXT NOT NULL,
  module TEXT NOT NULL,
  function TEXT NOT NULL,
  calls BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  cpu_us BIGINT NOT NULL,
  host_calls BIGINT NOT NULL,
  peak_memory_bytes BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, day, module, function)
);
