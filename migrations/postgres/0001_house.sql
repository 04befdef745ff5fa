-- Tenants and all that is theirs. Times are UTC microseconds, money minor units, lists and records JSON text.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE tenants (
  tenant_id UUID PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  language TEXT NOT NULL,
  currency TEXT NOT NULL,
  status TEXT NOT NULL,
  policy TEXT NOT NULL
);

CREATE TABLE locations (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id UUID NOT NULL,
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  zone TEXT NOT NULL,
  country TEXT NOT NULL,
  hours TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- Platform admins belong to no tenant.
CREATE TABLE admins (
  id UUID PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password TEXT NOT NULL
);

CREATE TABLE members (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id UUID NOT NULL,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  language TEXT NOT NULL,
  password TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- token_hash is SHA-256 of the cookie; the cookie itself is nowhere.
CREATE TABLE sessions (
  token_hash BYTEA PRIMARY KEY,
  tenant_id UUID,
  member_id UUID NOT NULL,
  csrf TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  seen_us BIGINT NOT NULL,
  expires_us BIGINT NOT NULL
);

CREATE TABLE customers (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id UUID NOT NULL,
  name TEXT NOT NULL,
  language TEXT,
  note TEXT NOT NULL DEFAULT '',
  no_shows BIGINT NOT NULL DEFAULT 0,
  opted_out BOOLEAN NOT NULL DEFAULT FALSE,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

CREATE TABLE customer_identities (
  tenant_id UUID NOT NULL,
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  customer_id UUID NOT NULL,
  PRIMARY KEY (tenant_id, kind, value),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX customer_identities_owner ON customer_identities (tenant_id, customer_id);

CREATE TABLE resources (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  location_id UUID NOT NULL,
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
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id UUID NOT NULL,
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
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  location_id UUID NOT NULL,
  resource_id UUID,
  first TEXT NOT NULL,
  last TEXT NOT NULL,
  open TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, location_id) REFERENCES locations (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE blocks (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  resource_id UUID NOT NULL,
  from_us BIGINT NOT NULL,
  to_us BIGINT NOT NULL CHECK (to_us > from_us),
  reason TEXT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, resource_id) REFERENCES resources (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX blocks_window ON blocks (tenant_id, resource_id, from_us);

-- secrets is sealed (see the store's crypto module).
CREATE TABLE channels (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  id UUID NOT NULL,
  provider TEXT NOT NULL,
  external_id TEXT NOT NULL,
  display_number TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  secrets BYTEA NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (provider, external_id)
);
CREATE UNIQUE INDEX channels_id ON channels (id);

CREATE TABLE conversations (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  channel_id UUID NOT NULL,
  customer_id UUID NOT NULL,
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
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  conversation_id UUID NOT NULL,
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
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  location_id UUID NOT NULL,
  customer_id UUID NOT NULL,
  conversation_id UUID,
  series_id UUID,
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
  tenant_id UUID NOT NULL,
  booking_id UUID NOT NULL,
  resource_id UUID NOT NULL,
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

-- No double booking. The resource stands hashed so that ordinary reads never choose this index: it is slow for them.
ALTER TABLE claims ADD CONSTRAINT claims_no_overlap EXCLUDE USING gist (
  tenant_id WITH =,
  hashtextextended(resource_id::text, 0) WITH =,
  seat WITH =,
  int8range(from_us, to_us) WITH &&
) WHERE (live);

CREATE TABLE booking_history (
  tenant_id UUID NOT NULL,
  booking_id UUID NOT NULL,
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
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id UUID NOT NULL,
  channel_id UUID NOT NULL,
  provider_id TEXT NOT NULL,
  peer TEXT NOT NULL,
  event BYTEA NOT NULL,
  state TEXT NOT NULL DEFAULT 'new',
  attempts BIGINT NOT NULL DEFAULT 0,
  received_us BIGINT NOT NULL
);
CREATE UNIQUE INDEX inbox_once ON inbox (tenant_id, channel_id, provider_id);
CREATE INDEX inbox_waiting ON inbox (tenant_id, channel_id, peer, seq) WHERE state = 'new';

CREATE TABLE quarantine (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  channel_id UUID NOT NULL,
  raw BYTEA NOT NULL,
  reason TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id)
);

-- One row per correspondent: head of the queue, lease, token. The token only grows.
CREATE TABLE lanes (
  tenant_id UUID NOT NULL,
  channel_id UUID NOT NULL,
  peer TEXT NOT NULL,
  waiting BOOLEAN NOT NULL,
  ready_us BIGINT NOT NULL,
  lease_token BIGINT NOT NULL DEFAULT 0,
  lease_until_us BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, channel_id, peer)
);
CREATE INDEX lanes_ready ON lanes (ready_us) WHERE waiting;

CREATE TABLE outbox (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
  channel_id UUID NOT NULL,
  conversation_id UUID NOT NULL,
  message_id UUID NOT NULL,
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
  tenant_id UUID NOT NULL,
  channel_id UUID NOT NULL,
  provider_id TEXT NOT NULL,
  ticks TEXT NOT NULL,
  failure TEXT,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, channel_id, provider_id)
);

CREATE TABLE jobs (
  tenant_id UUID NOT NULL,
  id UUID NOT NULL,
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
  id UUID PRIMARY KEY,
  module TEXT NOT NULL,
  version TEXT NOT NULL,
  digest TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  component BYTEA NOT NULL,
  installed_us BIGINT NOT NULL
);

-- Every switch is a new revision; the highest one runs.
CREATE TABLE activations (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  module TEXT NOT NULL,
  revision BIGINT NOT NULL,
  release_id UUID NOT NULL REFERENCES releases (id),
  config TEXT NOT NULL,
  grants TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, module, revision)
);

CREATE TABLE module_kv (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  module TEXT NOT NULL,
  key TEXT NOT NULL,
  value BYTEA NOT NULL,
  PRIMARY KEY (tenant_id, module, key)
);

-- The feed that dashboards follow.
CREATE TABLE events (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id UUID NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  at_us BIGINT NOT NULL
);
CREATE INDEX events_feed ON events (tenant_id, seq);

CREATE TABLE idempotency (
  tenant_id UUID NOT NULL,
  principal TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status BIGINT NOT NULL,
  response TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, principal, key)
);

CREATE TABLE audit (
  tenant_id UUID NOT NULL,
  seq BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (tenant_id, seq)
);

-- The role the server works as: owns nothing, bypasses nothing.
DO $$ BEGIN
  CREATE ROLE frontdesk_app NOLOGIN NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('GRANT frontdesk_app TO %I', current_user);
EXCEPTION WHEN OTHERS THEN NULL; -- a superuser needs no grant; concurrent grants of other databases may collide
END $$;
GRANT USAGE ON SCHEMA public TO frontdesk_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO frontdesk_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO frontdesk_app;

-- Second wall behind the predicates of every query: without a tenant in the transaction there are no rows.
DO $$
DECLARE
  name TEXT;
  own CONSTANT TEXT := 'tenant_id = nullif(current_setting(''app.tenant'', true), '''')::uuid';
BEGIN
  FOR name IN SELECT table_name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'tenant_id'
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_tenant ON %I USING (%s) WITH CHECK (%s)', name, own, own);
  END LOOP;
  -- Queues and the doors: what workers and the login page must find before any tenant is known.
  FOREACH name IN ARRAY ARRAY['tenants', 'members', 'sessions', 'channels', 'inbox', 'lanes', 'outbox', 'jobs', 'quarantine', 'activations']
  LOOP
    EXECUTE format('CREATE POLICY platform ON %I USING (current_setting(''app.platform'', true) = ''on'')', name);
  END LOOP;
END $$;
