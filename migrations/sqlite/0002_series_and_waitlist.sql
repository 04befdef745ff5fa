-- Visits that repeat, and who waits for a place.

-- rule is the text of RFC 5545 as the scheduler prints it; first_wall is meant in the location's zone.
-- The visits themselves are bookings that name their series.
CREATE TABLE series (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  location_id BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  rule TEXT NOT NULL,
  first_wall TEXT NOT NULL,
  services TEXT NOT NULL,
  resource_id BLOB,
  party BIGINT NOT NULL,
  note TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, location_id) REFERENCES locations (tenant_id, id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX series_customer ON series (tenant_id, customer_id);
CREATE INDEX bookings_series ON bookings (tenant_id, series_id, from_us) WHERE series_id IS NOT NULL;

-- Each change of a series as a whole: its rule before and who changed it. Single visits have their own history.
CREATE TABLE series_history (
  tenant_id BLOB NOT NULL,
  series_id BLOB NOT NULL,
  version BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  action TEXT NOT NULL,
  actor TEXT NOT NULL,
  rule TEXT NOT NULL,
  PRIMARY KEY (tenant_id, series_id, version),
  FOREIGN KEY (tenant_id, series_id) REFERENCES series (tenant_id, id) ON DELETE CASCADE
);

-- wishes is a list of stretches of time, each with whom or with anybody; first_us and last_us are around all of them.
CREATE TABLE waitlist_entries (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  conversation_id BLOB,
  services TEXT NOT NULL,
  wishes TEXT NOT NULL,
  first_us BIGINT NOT NULL,
  last_us BIGINT NOT NULL CHECK (last_us > first_us),
  party BIGINT NOT NULL CHECK (party BETWEEN 1 AND 1000),
  priority BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'offered', 'served', 'left')),
  created_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, customer_id) REFERENCES customers (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX waitlist_line ON waitlist_entries (tenant_id, last_us) WHERE state IN ('waiting', 'offered');
CREATE INDEX waitlist_customer ON waitlist_entries (tenant_id, customer_id);

-- A freed slot kept for one entry: the held booking is what keeps it. One open offer per entry.
CREATE TABLE waitlist_offers (
  tenant_id BLOB NOT NULL,
  id BLOB NOT NULL,
  entry_id BLOB NOT NULL,
  booking_id BLOB NOT NULL,
  start_us BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'taken', 'passed', 'expired')),
  expires_us BIGINT NOT NULL,
  created_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, entry_id) REFERENCES waitlist_entries (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, booking_id) REFERENCES bookings (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX waitlist_one_open_offer ON waitlist_offers (tenant_id, entry_id) WHERE state = 'open';
CREATE UNIQUE INDEX waitlist_offer_booking ON waitlist_offers (tenant_id, booking_id);
