-- What passed between modules and the host, in both directions.
ALTER TABLE module_usage ADD COLUMN host_bytes BIGINT NOT NULL DEFAULT 0;
