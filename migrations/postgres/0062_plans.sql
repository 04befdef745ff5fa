-- What a tenant pays for; the limits of its module calls go by it.
ALTER TABLE tenants ADD COLUMN plan TEXT NOT NULL DEFAULT 'growth';
-- The platform's admin sees what all tenants' modules cost.
CREATE INDEX module_usage_by_day ON module_usage (day);
CREATE POLICY platform ON module_usage FOR SELECT USING (current_setting('app.platform', true) = 'on');
