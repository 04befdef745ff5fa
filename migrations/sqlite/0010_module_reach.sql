-- Fields of a customer that modules were granted to keep. Values are sealed.
CREATE TABLE customer_fields (
  tenant_id BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  changed_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, customer_id, key),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id) ON DELETE CASCADE
);

-- What a customer answered for a visit: forms and what a module asked. Answers are sealed.
CREATE TABLE visit_answers (
  tenant_id BLOB NOT NULL,
  booking_id BLOB NOT NULL,
  key TEXT NOT NULL,
  place BIGINT NOT NULL,
  question TEXT NOT NULL,
  answer BLOB NOT NULL,
  sensitive BOOLEAN NOT NULL,
  PRIMARY KEY (tenant_id, booking_id, key),
  FOREIGN KEY (tenant_id, booking_id) REFERENCES bookings (tenant_id, id) ON DELETE CASCADE
);

-- What modules count for report tiles, by day (UTC).
CREATE TABLE module_counters (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  module TEXT NOT NULL,
  key TEXT NOT NULL,
  day TEXT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, module, key, day)
);

-- Automations that an owner turned on or off. Absent: as the module says.
CREATE TABLE module_switches (
  tenant_id BLOB NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  module TEXT NOT NULL,
  automation TEXT NOT NULL,
  runs BOOLEAN NOT NULL,
  PRIMARY KEY (tenant_id, module, automation)
);

-- Why a member must agree to a visit before it is firm, as a module says.
CREATE TABLE visit_terms (
  tenant_id BLOB NOT NULL,
  booking_id BLOB NOT NULL,
  approval TEXT NOT NULL,
  PRIMARY KEY (tenant_id, booking_id),
  FOREIGN KEY (tenant_id, booking_id) REFERENCES bookings (tenant_id, id) ON DELETE CASCADE
);
