-- The way in and out: fences on what is claimed, what each turn took care of, what was set aside and can be taken up again.

-- Facts of the platform itself: the epoch of the data, which a restore raises.
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- One row per committed turn: the arrivals (their seq, a JSON list) it took care of, and the token of the lane it held meanwhile.
CREATE TABLE turns (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  channel_id BLOB NOT NULL,
  peer TEXT NOT NULL,
  token BIGINT NOT NULL,
  seqs TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, channel_id, peer, token)
);

-- attempts counts claims since the lane was last finished: work that kills its turn is found and set aside.
ALTER TABLE lanes ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
DROP INDEX lanes_ready;
CREATE INDEX lanes_waiting ON lanes (tenant_id, ready_us) WHERE waiting;
CREATE INDEX inbox_dead ON inbox (tenant_id, seq) WHERE state IN ('dead', 'parked');

ALTER TABLE outbox ADD COLUMN lease_token BIGINT NOT NULL DEFAULT 0;
-- How often it was sent again though nobody knew whether it had left.
ALTER TABLE outbox ADD COLUMN doubts BIGINT NOT NULL DEFAULT 0;
DROP INDEX outbox_due;
DROP INDEX outbox_order;
CREATE INDEX outbox_waiting ON outbox (tenant_id, next_us, created_us) WHERE state IN ('queued', 'claimed', 'sending');
CREATE INDEX outbox_open ON outbox (tenant_id, conversation_id, created_us, id) WHERE state IN ('queued', 'claimed', 'sending');
CREATE INDEX outbox_undelivered ON outbox (tenant_id, id) WHERE state IN ('parked', 'failed');

ALTER TABLE jobs ADD COLUMN lease_token BIGINT NOT NULL DEFAULT 0;
DROP INDEX jobs_due;
CREATE INDEX jobs_waiting ON jobs (tenant_id, run_us) WHERE state = 'queued';
CREATE INDEX jobs_dead ON jobs (tenant_id, id) WHERE state IN ('dead', 'parked');

-- held, or released once somebody had it read again.
ALTER TABLE quarantine ADD COLUMN state TEXT NOT NULL DEFAULT 'held';
