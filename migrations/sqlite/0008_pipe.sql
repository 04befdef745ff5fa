-- A message that left twice has two ids at its provider, and word of either is word of it: here are those beside the
-- first, which stands in outbox.
CREATE TABLE outbox_copies (
  tenant_id BLOB NOT NULL,
  channel_id BLOB NOT NULL,
  provider_id TEXT NOT NULL,
  outbox_id BLOB NOT NULL,
  PRIMARY KEY (tenant_id, channel_id, provider_id),
  FOREIGN KEY (tenant_id, outbox_id) REFERENCES outbox (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX outbox_copies_of ON outbox_copies (tenant_id, outbox_id);
