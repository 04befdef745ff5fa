-- What a tenant pays for; the limits of its module calls go by it.
ALTER TABLE tenants ADD COLUMN plan TEXT NOT NULL DEFAULT 'growth';
