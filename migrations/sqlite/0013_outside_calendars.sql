-- Calendars that resources keep elsewhere. Their address is a key to them, so it is sealed.
CREATE TABLE outside_calendars (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id BLOB NOT NULL,
  resource_id BLOB NOT NULL,
  name TEXT NOT NULL,
  address BLOB NOT NULL,
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
  tenant_id BLOB NOT NULL,
  calendar_id BLOB NOT NULL,
  resource_id BLOB NOT NULL,
  from_us BIGINT NOT NULL,
  to_us BIGINT NOT NULL,
  CHECK (to_us > from_us),
  PRIMARY KEY (tenant_id, calendar_id, from_us),
  FOREIGN KEY (tenant_id, calendar_id) REFERENCES outside_calendars (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX outside_busy_until ON outside_busy (tenant_id, to_us, from_us, resource_id);
