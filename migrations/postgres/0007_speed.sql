-- Blocks are asked for from now on: years of old ones lie before this and are not read.
CREATE INDEX blocks_until ON blocks (tenant_id, to_us);
