-- A new release of a module tried on a share of its tenants first. One at a time for each module.
CREATE TABLE canaries (
  id UUID PRIMARY KEY,
  module TEXT NOT NULL,
  release_id UUID NOT NULL REFERENCES releases (id),
  percent BIGINT NOT NULL,
  -- running, stopping, stopped, promoting, promoted
  state TEXT NOT NULL,
  started_us BIGINT NOT NULL,
  started_by TEXT NOT NULL,
  ended_us BIGINT,
  ended_by TEXT,
  reason TEXT
);
CREATE UNIQUE INDEX canaries_open ON canaries (module) WHERE state IN ('running', 'stopping', 'promoting');

-- Which tenants try it (new), which are compared with (old), and which are left alone (pinned).
CREATE TABLE canary_tenants (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  canary_id UUID NOT NULL REFERENCES canaries (id),
  side TEXT NOT NULL,
  -- waiting, on, refused, back, left, rest
  state TEXT NOT NULL,
  -- What it ran when the canary began.
  before_digest TEXT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (tenant_id, canary_id)
);
CREATE INDEX canary_tenants_of ON canary_tenants (canary_id);

-- What was watched since the canary began: calls, failures, turns, times.
CREATE TABLE canary_figures (
  tenant_id UUID NOT NULL REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  canary_id UUID NOT NULL REFERENCES canaries (id),
  figure TEXT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, canary_id, figure)
);
CREATE INDEX canary_figures_of ON canary_figures (canary_id);

-- Tenants that stay on the release they have, whatever is tried.
CREATE TABLE module_pins (
  tenant_id UUID PRIMARY KEY REFERENCES tenants (tenant_id) ON DELETE CASCADE,
  pinned_us BIGINT NOT NULL,
  pinned_by TEXT NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON canaries, canary_tenants, canary_figures, module_pins TO frontdesk_app;
ALTER TABLE canary_tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE canary_tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON canary_tenants
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
ALTER TABLE canary_figures ENABLE ROW LEVEL SECURITY;
ALTER TABLE canary_figures FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON canary_figures
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
ALTER TABLE module_pins ENABLE ROW LEVEL SECURITY;
ALTER TABLE module_pins FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON module_pins
  USING (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant_id = nullif(current_setting('app.tenant', true), '')::uuid);
-- A canary is drawn from all tenants and its figures are added up over them.
CREATE POLICY platform ON canary_tenants USING (current_setting('app.platform', true) = 'on');
CREATE POLICY platform ON canary_figures USING (current_setting('app.platform', true) = 'on');
CREATE POLICY platform ON module_pins USING (current_setting('app.platform', true) = 'on');
