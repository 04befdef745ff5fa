-- Pays members' prices.
ALTER TABLE customers ADD COLUMN member BOOLEAN NOT NULL DEFAULT FALSE;

-- The zone's rules as they were when the location's bookings were last reckoned; empty before the first time.
ALTER TABLE locations ADD COLUMN zone_rules TEXT NOT NULL DEFAULT '';
