-- Calendars that resources keep elsewhere. Their address is a key to them, so it is sealed.
CREATE TABLE outside_calendars (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id UUID NOT NULL,
  resource_id UUID NOT NULL,
  name TEXT NOT NULL,
  address BYTEA NOT NULL,
  -- Whoever reads it next puts this off first, so that two nodes do not read at once.
  next_us BIGINT NOT NULL,
  read_us BIGINT,
  unread TEXT,
  -- Waiting will not mend why it was not read.
  for_good BOOLEAN NOT NULL DEFAULT FALSE,
  skipped BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, resource_id) REFERENCES resources (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX outside_calendars_of ON outside_calendars (tenant_id, resource_id);
CREATE INDEX outside_calendars_next ON outside_calendars (next_us);

-- When they say somebody is busy, from yesterday on.
CREATE TABLE outside_busy (
  tenant_id UUID NOT NULL,
  calendar_id UUID NOT NULL,
  resource_id UUID NOT NULL,
  from_us BIGINT NOT NULL,
  to_us BIGINT NOT NULL,
  CHECK (to_us > from_us),
  PRIMARY KEY (tenant_id, calendar_id, from_us),
  FOREIGN KEY (tenant_id, calendar_id) REFERENCES outside_calendars (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX outside_busy_until ON outside_busy (tenant_id, to_us, from_us, resource_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON outside_calendars, outside_busy TO frontdesk_app;
ALTER TABLE outside_calendars ENABLE ROW LEVEL SECURITY;
ALTER TABLE outside_calendars FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON outside_calendars
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY platform ON outside_calendars USING (current_setting('app.platform', true) = 'on');
ALTER TABLE outside_busy ENABLE ROW LEVEL SECURITY;
ALTER TABLE outside_busy FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON outside_busy
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
