-- Fields of a customer that modules were granted to keep. Values are sealed.
CREATE TABLE customer_fields (
  tenant_id UUID NOT NULL,
  customer_id UUID NOT NULL,
  key TEXT NOT NULL,
  value BYTEA NOT NULL,
  changed_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, key),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id) ON DELETE CASCADE
);

-- What a customer answered for a visit: forms and what a module asked. Answers are sealed.
CREATE TABLE visit_answers (
  tenant_id UUID NOT NULL,
  booking_id UUID NOT NULL,
  key TEXT NOT NULL,
  place BIGINT NOT NULL,
  question TEXT NOT NULL,
  answer BYTEA NOT NULL,
  sensitive BOOLEAN NOT NULL,
  PRIMARY KEY (tenant_id, booking_id, key),
  FOREIGN KEY (tenant_id, booking_id) REFERENCES bookings (tenant_id, id) ON DELETE CASCADE
);

-- What modules count for report tiles, by day (UTC).
CREATE TABLE module_counters (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  module TEXT NOT NULL,
  key TEXT NOT NULL,
  day TEXT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, module, key, day)
);

-- Automations that an owner turned on or off. Absent: as the module says.
CREATE TABLE module_switches (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  module TEXT NOT NULL,
  automation TEXT NOT NULL,
  runs BOOLEAN NOT NULL,
  PRIMARY KEY (tenant_id, module, automation)
);

-- Why a member must agree to a visit before it is firm, as a module says.
CREATE TABLE visit_terms (
  tenant_id UUID NOT NULL,
  booking_id UUID NOT NULL,
  approval TEXT NOT NULL,
  PRIMARY KEY (tenant_id, booking_id),
  FOREIGN KEY (tenant_id, booking_id) REFERENCES bookings (tenant_id, id) ON DELETE CASCADE
);

GRANT SELECT, INSERT, UPDATE, DELETE ON customer_fields, visit_answers, module_counters, module_switches, visit_terms TO frontdesk_app;
ALTER TABLE customer_fields ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer_fields FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON customer_fields
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
ALTER TABLE visit_answers ENABLE ROW LEVEL SECURITY;
ALTER TABLE visit_answers FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON visit_answers
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
ALTER TABLE module_counters ENABLE ROW LEVEL SECURITY;
ALTER TABLE module_counters FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON module_counters
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
ALTER TABLE module_switches ENABLE ROW LEVEL SECURITY;
ALTER TABLE module_switches FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON module_switches
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
ALTER TABLE visit_terms ENABLE ROW LEVEL SECURITY;
ALTER TABLE visit_terms FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON visit_terms
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
