//! The demo as data: who the businesses are, and where to click for each.

use domain::{Language, Phone, catalog::WeeklySpan, simulator::Handset, tenant::BookingPolicy};
use serde::Deserialize;

/// `demo/demo.toml`, read.
#[derive(Debug, Clone, Deserialize)]
pub struct Demo {
    pub(super) password: String,
    pub(super) admin: DemoAdmin,
    pub(super) tenants: Vec<DemoTenant>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct DemoAdmin {
    pub(super) email: String,
    pub(super) name: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct DemoTenant {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) module: String,
    pub(super) language: Language,
    pub(super) currency: domain::Currency,
    pub(super) number: String,
    pub(super) phone_number_id: String,
    pub(super) location: DemoLocation,
    pub(super) policy: BookingPolicy,
    /// The module's; its own defaults where there are none.
    pub(super) settings: Option<serde_json::Value>,
    /// Each day of the coming fortnight, as far as there is room.
    #[serde(default = "five")]
    pub(super) bookings_a_day: u32,
    /// How many come together, by turns; empty where everybody comes alone.
    #[serde(default)]
    pub(super) parties: Vec<u32>,
    pub(super) members: Vec<DemoMember>,
    pub(super) resources: Vec<DemoResource>,
    pub(super) customers: Vec<DemoCustomer>,
    #[serde(default)]
    pub(super) phones: Vec<Handset>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct DemoLocation {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) zone: String,
    pub(super) country: String,
    pub(super) hours: Vec<WeeklySpan>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct DemoMember {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) language: Language,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct DemoResource {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) skills: Vec<String>,
    #[serde(default = "full")]
    pub(super) weight: u32,
    #[serde(default)]
    pub(super) hours: Vec<WeeklySpan>,
}

fn five() -> u32 {
    5
}

fn full() -> u32 {
    100
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct DemoCustomer {
    pub(super) name: String,
    pub(super) phone: Phone,
    pub(super) visits: u32,
    #[serde(default)]
    pub(super) chat: Vec<String>,
    #[serde(default)]
    pub(super) waiting: bool,
}

/// Where to click for one business, and whose phones to write from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoBusiness {
    pub slug: String,
    pub name: String,
    pub module: String,
    /// Its own number, which customers write to.
    pub number: String,
    /// Phones of the simulator that write to it, known ones first.
    pub phones: Vec<Handset>,
    pub logins: Vec<DemoLogin>,
}

/// Who can log in to the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoLogin {
    pub email: String,
    pub role: String,
    pub password: String,
}

impl Demo {
    /// Reads the data; the error says where it does not fit.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Modules the businesses need.
    pub fn modules(&self) -> Vec<&str> {
        self.tenants.iter().map(|tenant| tenant.module.as_str()).collect()
    }

    /// The slug of the first business that runs `module`.
    pub fn business_of(&self, module: &str) -> Option<&str> {
        self.tenants.iter().find(|tenant| tenant.module == module).map(|tenant| tenant.slug.as_str())
    }

    pub fn handsets(&self) -> Vec<(String, Handset)> {
        self.tenants
            .iter()
            .flat_map(|tenant| tenant.phones.iter().map(|handset| (tenant.slug.clone(), handset.clone())))
            .collect()
    }

    /// The same demo with one business only.
    pub fn only(&self, slug: &str) -> Self {
        let tenants = self.tenants.iter().filter(|tenant| tenant.slug == slug).cloned().collect();
        Self { tenants, ..self.clone() }
    }

    /// One more business like `slug`, with nobody to log in: `number` keeps its address and its line apart.
    pub fn again(&self, slug: &str, number: usize) -> Self {
        let mut copy = self.only(slug);
        for tenant in &mut copy.tenants {
            tenant.slug = format!("{slug}-{number}");
            tenant.phone_number_id = format!("{}{number}", tenant.phone_number_id);
            tenant.members.clear();
        }
        copy
    }

    pub fn businesses(&self) -> Vec<DemoBusiness> {
        let business = |tenant: &DemoTenant| {
            let known = tenant.customers.iter().filter(|customer| !customer.chat.is_empty());
            let known = known.map(|customer| Handset { phone: customer.phone.clone(), name: customer.name.clone() });
            DemoBusiness {
                slug: tenant.slug.clone(),
                name: tenant.name.clone(),
                module: tenant.module.clone(),
                number: tenant.number.clone(),
                phones: known.chain(tenant.phones.iter().cloned()).collect(),
                logins: tenant.members.iter().map(|member| self.login(&member.email, &member.role)).collect(),
            }
        };
        self.tenants.iter().map(business).collect()
    }

    /// Who sees all businesses.
    pub fn admin(&self) -> DemoLogin {
        self.login(&self.admin.email, "platform admin")
    }

    fn login(&self, email: &str, role: &str) -> DemoLogin {
        DemoLogin { email: email.to_owned(), role: role.to_owned(), password: self.password.clone() }
    }
}
