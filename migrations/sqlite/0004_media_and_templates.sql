-- Files of conversations: the bytes lie outside the database, sealed, under their digest.
CREATE TABLE media (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id BLOB NOT NULL,
  sha256 TEXT NOT NULL,
  mime TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  filename TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, sha256, filename)
);

-- One language version of a message template on one channel; status is the provider's word for it.
CREATE TABLE message_templates (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  channel_id BLOB NOT NULL,
  purpose TEXT NOT NULL,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  category TEXT NOT NULL,
  text TEXT NOT NULL,
  examples TEXT NOT NULL,
  status TEXT NOT NULL,
  provider_id TEXT,
  reason TEXT,
  changed_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, channel_id, name, language),
  FOREIGN KEY (tenant_id, channel_id) REFERENCES channels (tenant_id, id) ON DELETE CASCADE
);

-- Said, shown, and waiting for the customer to write: outside the window and without a template for it.
CREATE TABLE waiting_messages (
  tenant_id BLOB NOT NULL,
  message_id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  dedupe_key TEXT NOT NULL,
  body TEXT NOT NULL,
  expires_us BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, message_id),
  UNIQUE (tenant_id, dedupe_key),
  FOREIGN KEY (tenant_id, message_id) REFERENCES messages (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX waiting_messages_thread ON waiting_messages (tenant_id, conversation_id, created_us);

-- The advertisement that first led a customer to write, as JSON.
ALTER TABLE conversations ADD COLUMN referral TEXT;
