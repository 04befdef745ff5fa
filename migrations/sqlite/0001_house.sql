-- Tenants and all that is theirs. Times are UTC microseconds, money minor units, lists and records JSON text.

CREATE TABLE tenants (
  tenant_id BLOB PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  currency TEXT NOT NULL,
  status TEXT NOT NULL,
  policy TEXT NOT NULL
);

CREATE TABLE locations (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  zone TEXT NOT NULL,
  country TEXT NOT NULL,
  hours TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- Platform admins belong to no tenant.
CREATE TABLE admins (
  id BLOB PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password TEXT NOT NULL
);

CREATE TABLE members (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id BLOB NOT NULL,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  language TEXT NOT NULL,
  password TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- token_hash is SHA-256 of the cookie; the cookie itself is nowhere.
CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY,
  tenant_id BLOB,
  member_id BLOB NOT NULL,
  csrf TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  seen_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL
);

CREATE TABLE customers (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id BLOB NOT NULL,
  name TEXT NOT NULL,
  language TEXT,
  note TEXT NOT NULL DEFAULT '',
  no_shows BIGINT NOT NULL DEFAULT 0,
  opted_out BOOLEAN NOT NULL DEFAULT FALSE,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE customer_identities (
  tenant_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  customer_id BLOB NOT NULL,
  PRIMARY KEY (tenant_id, kind, value),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_identities_owner ON customer_identities (tenant_id, customer_id);

CREATE TABLE resources (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  location_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  skills TEXT NOT NULL,
  capacity BIGINT NOT NULL CHECK (capacity BETWEEN 1 AND 1000),
  active BOOLEAN NOT NULL,
  hours TEXT NOT NULL,
  weight BIGINT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, location_id) REFERENCES locations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE services (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id BLOB NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  synonyms TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  phases TEXT NOT NULL,
  buffer_before_minutes BIGINT NOT NULL,
  buffer_after_minutes BIGINT NOT NULL,
  price_minor BIGINT NOT NULL,
  needs TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, key)
);

CREATE TABLE hours_exceptions (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  location_id BLOB NOT NULL,
  resource_id BLOB,
  first TEXT NOT NULL,
  last TEXT NOT NULL,
  open TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, location_id) REFERENCES locations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE blocks (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  resource_id BLOB NOT NULL,
  from_us BIGINT NOT NULL,
  to_us BIGINT NOT NULL CHECK (to_us > from_us),
  reason TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, resource_id) REFERENCES resources (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX blocks_window ON blocks (tenant_id, resource_id, from_us);

-- secrets is sealed (see the store's crypto module).
CREATE TABLE channels (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id BLOB NOT NULL,
  provider TEXT NOT NULL,
  external_id TEXT NOT NULL,
  display_number TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  secrets BLOB NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (provider, external_id)
);
CREATE UNIQUE INDEX channels_id ON channels (id);

CREATE TABLE conversations (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  channel_id BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  address TEXT NOT NULL,
  answering TEXT NOT NULL,
  status TEXT NOT NULL,
  language TEXT,
  memory TEXT NOT NULL,
  last_inbound_us BIGINT,
  last_message_us BIGINT NOT NULL,
  unread BIGINT NOT NULL DEFAULT 0,
  version BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, channel_id, customer_id),
  FOREIGN KEY (tenant_id, channel_id) REFERENCES channels (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX conversations_recent ON conversations (tenant_id, last_message_us, id);

CREATE TABLE messages (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  author TEXT NOT NULL,
  body TEXT NOT NULL,
  provider_id TEXT,
  reply_to TEXT,
  ticks TEXT,
  failure TEXT,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX messages_thread ON messages (tenant_id, conversation_id, at_us, id);
CREATE UNIQUE INDEX messages_provider ON messages (tenant_id, conversation_id, provider_id) WHERE provider_id IS NOT NULL;

CREATE TABLE bookings (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  location_id BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  conversation_id BLOB,
  series_id BLOB,
  state TEXT NOT NULL CHECK (state IN ('held', 'pending_approval', 'confirmed', 'arrived', 'completed', 'no_show', 'cancelled')),
  from_us BIGINT NOT NULL,
  to_us BIGINT NOT NULL CHECK (to_us > from_us),
  wall TEXT NOT NULL,
  items TEXT NOT NULL,
  quote TEXT NOT NULL,
  party BIGINT NOT NULL,
  note TEXT NOT NULL,
  source TEXT NOT NULL,
  hold_until_us BIGINT,
  version BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, location_id) REFERENCES locations (tenant_id, id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX bookings_window ON bookings (tenant_id, from_us);
CREATE INDEX bookings_customer ON bookings (tenant_id, customer_id, from_us);
CREATE INDEX bookings_holds ON bookings (tenant_id, hold_until_us) WHERE state = 'held';

-- What a booking keeps from others, buffers included. One row per resource, seat and stretch.
CREATE TABLE claims (
  tenant_id BLOB NOT NULL,
  booking_id BLOB NOT NULL,
  resource_id BLOB NOT NULL,
  seat BIGINT NOT NULL,
  from_us BIGINT NOT NULL,
  to_us BIGINT NOT NULL,
  live BOOLEAN NOT NULL,
  CHECK (to_us > from_us AND to_us - from_us <= 172800000000),
  FOREIGN KEY (tenant_id, booking_id) REFERENCES bookings (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, resource_id) REFERENCES resources (tenant_id, id)
);
CREATE INDEX claims_window ON claims (tenant_id, resource_id, from_us);
CREATE INDEX claims_booking ON claims (tenant_id, booking_id);

-- No double booking. An insert that overlaps a live claim does nothing (zero rows affected means taken),
-- as ON CONFLICT DO NOTHING does beside the exclusion constraint of the other engine.
CREATE TRIGGER claims_no_overlap BEFORE INSERT ON claims WHEN NEW.live
BEGIN
  SELECT RAISE(IGNORE) WHERE EXISTS (
    SELECT 1 FROM claims
    WHERE tenant_id = NEW.tenant_id AND resource_id = NEW.resource_id AND seat = NEW.seat AND live
      AND from_us < NEW.to_us AND from_us > NEW.from_us - 172800000000 AND to_us > NEW.from_us);
END;
CREATE TRIGGER claims_no_late_overlap BEFORE UPDATE ON claims WHEN NEW.live
BEGIN
  SELECT RAISE(ABORT, 'claims_no_overlap') WHERE EXISTS (
    SELECT 1 FROM claims
    WHERE tenant_id = NEW.tenant_id AND resource_id = NEW.resource_id AND seat = NEW.seat AND live AND rowid <> OLD.rowid
      AND from_us < NEW.to_us AND from_us > NEW.from_us - 172800000000 AND to_us > NEW.from_us);
END;

CREATE TABLE booking_history (
  tenant_id BLOB NOT NULL,
  booking_id BLOB NOT NULL,
  version BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  action TEXT NOT NULL,
  actor TEXT NOT NULL,
  state TEXT NOT NULL,
  from_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, booking_id, version),
  FOREIGN KEY (tenant_id, booking_id) REFERENCES bookings (tenant_id, id) ON DELETE CASCADE
);

-- Accepted means a row here, fsynced. event is sealed; the row outlives it, so that a copy is known for good.
CREATE TABLE inbox (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant_id BLOB NOT NULL,
  channel_id BLOB NOT NULL,
  provider_id TEXT NOT NULL,
  peer TEXT NOT NULL,
  event BLOB NOT NULL,
  state TEXT NOT NULL DEFAULT 'new',
  attempts BIGINT NOT NULL DEFAULT 0,
  received_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX inbox_once ON inbox (tenant_id, channel_id, provider_id);
CREATE INDEX inbox_waiting ON inbox (tenant_id, channel_id, peer, seq) WHERE state = 'new';

CREATE TABLE quarantine (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  channel_id BLOB NOT NULL,
  raw BLOB NOT NULL,
  reason TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- One row per correspondent: head of the queue, lease, token. The token only grows.
CREATE TABLE lanes (
  tenant_id BLOB NOT NULL,
  channel_id BLOB NOT NULL,
  peer TEXT NOT NULL,
  waiting BOOLEAN NOT NULL,
  ready_us BIGINT NOT NULL,
  lease_token BIGINT NOT NULL DEFAULT 0,
  lease_until_us BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, channel_id, peer)
);
CREATE INDEX lanes_ready ON lanes (ready_us) WHERE waiting;

CREATE TABLE outbox (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  channel_id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  message_id BLOB NOT NULL,
  dedupe_key TEXT NOT NULL,
  class TEXT NOT NULL,
  recipient TEXT NOT NULL,
  body TEXT NOT NULL,
  reply_to TEXT,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  next_us BIGINT NOT NULL,
  lease_until_us BIGINT NOT NULL DEFAULT 0,
  expires_us BIGINT,
  provider_id TEXT,
  reason TEXT,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, dedupe_key)
);
CREATE INDEX outbox_due ON outbox (next_us) WHERE state IN ('queued', 'claimed', 'sending');
CREATE INDEX outbox_provider ON outbox (tenant_id, provider_id);
CREATE INDEX outbox_order ON outbox (tenant_id, conversation_id, created_us);

-- Reports that came before we had committed the send they speak of.
CREATE TABLE status_early (
  tenant_id BLOB NOT NULL,
  channel_id BLOB NOT NULL,
  provider_id TEXT NOT NULL,
  ticks TEXT NOT NULL,
  failure TEXT,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, channel_id, provider_id)
);

CREATE TABLE jobs (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  payload TEXT NOT NULL,
  run_us BIGINT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  lease_until_us BIGINT NOT NULL DEFAULT 0,
  reason TEXT,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, kind, key)
);
CREATE INDEX jobs_due ON jobs (run_us) WHERE state = 'queued';

-- Installed modules belong to the platform.
CREATE TABLE releases (
  id BLOB PRIMARY KEY,
  module TEXT NOT NULL,
  version TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  component BLOB NOT NULL,
  installed_us BIGINT NOT NULL
);

-- Every switch is a new revision; the highest one runs.
CREATE TABLE activations (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  module TEXT NOT NULL,
  revision BIGINT NOT NULL,
  release_id BLOB NOT NULL REFERENCES releases (id),
  config TEXT NOT NULL,
  grants TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, module, revision)
);

CREATE TABLE module_kv (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  module TEXT NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (tenant_id, module, key)
);

-- The feed that dashboards follow.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  at_us BIGINT NOT NULL
);
CREATE INDEX events_feed ON events (tenant_id, seq);

CREATE TABLE idempotency (
  tenant_id BLOB NOT NULL,
  principal TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status BIGINT NOT NULL,
  response TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, principal, key)
);

CREATE TABLE audit (
  tenant_id BLOB NOT NULL,
  seq BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (tenant_id, seq)
);
