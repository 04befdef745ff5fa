-- A message that left twice has two ids at its provider, and word of either is word of it: here are those beside the
-- first, which stands in outbox.
CREATE TABLE outbox_copies (
  tenant_id UUID NOT NULL,
  channel_id UUID NOT NULL,
  provider_id TEXT NOT NULL,
  outbox_id UUID NOT NULL,
  PRIMARY KEY (tenant_id, channel_id, provider_id),
  FOREIGN KEY (tenant_id, outbox_id) REFERENCES outbox (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX outbox_copies_of ON outbox_copies (tenant_id, outbox_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_copies TO frontdesk_app;
ALTER TABLE outbox_copies ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox_copies FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON outbox_copies
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
