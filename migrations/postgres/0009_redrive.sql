-- What did not get through can be taken up again or put away for good, by whoever it belongs to.

-- tenant: the owner decides. platform: signed for a number that is not the channel's, so it may be somebody else's.
ALTER TABLE quarantine ADD COLUMN owner TEXT NOT NULL DEFAULT 'tenant';
CREATE INDEX quarantine_held ON quarantine (tenant_id, id) WHERE state = 'held';

-- Looked at and put away; state still says what became of it.
ALTER TABLE outbox ADD COLUMN dismissed BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX outbox_message ON outbox (tenant_id, message_id);
CREATE INDEX messages_failed ON messages (tenant_id, id) WHERE ticks = 'failed';
