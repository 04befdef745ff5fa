-- Claims that ended without a word, the one under way included: what kills whoever sends it is set aside in the end.
ALTER TABLE outbox ADD COLUMN claims BIGINT NOT NULL DEFAULT 0;
