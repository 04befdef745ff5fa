//! Who may do what: roles, permissions, and the one function [`can`] that every path asks.

use serde::{Deserialize, Serialize};

use crate::{MemberId, TenantId};

/// What a member is in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Manager,
    Staff,
}

/// One thing that can be allowed. Routes, use cases and tools name exactly one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    ReadInbox,
    Reply,
    ReadCalendar,
    ManageBookings,
    ManageCatalog,
    ManageSettings,
    ManageMembers,
    ReadReports,
    /// Install modules, see every tenant.
    Platform,
}

impl Permission {
    pub const ALL: [Self; 9] = [
        Self::ReadInbox,
        Self::Reply,
        Self::ReadCalendar,
        Self::ManageBookings,
        Self::ManageCatalog,
        Self::ManageSettings,
        Self::ManageMembers,
        Self::ReadReports,
        Self::Platform,
    ];
}

/// Who is asking, as established by the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    Anonymous,
    Member { id: MemberId, tenant: TenantId, role: Role },
    PlatformAdmin { id: MemberId },
}

/// Whether `who` may do `what` in `tenant`. There is no other way to be allowed anything.
pub fn can(who: &Principal, what: Permission, tenant: Option<TenantId>) -> bool {
    match who {
        Principal::Anonymous => false,
        Principal::PlatformAdmin { .. } => what == Permission::Platform,
        Principal::Member { tenant: own, role, .. } => Some(*own) == tenant && role_allows(*role, what),
    }
}

fn role_allows(role: Role, what: Permission) -> bool {
    match what {
        Permission::Platform => false,
        Permission::ReadInbox | Permission::Reply | Permission::ReadCalendar | Permission::ManageBookings => true,
        Permission::ManageCatalog | Permission::ReadReports => matches!(role, Role::Owner | Role::Manager),
        Permission::ManageSettings | Permission::ManageMembers => role == Role::Owner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_member_of_one_tenant_can_do_nothing_in_another() {
        let (own, other) = (TenantId(Uuid::from_u128(1)), TenantId(Uuid::from_u128(2)));
        let owner = Principal::Member { id: MemberId(Uuid::from_u128(3)), tenant: own, role: Role::Owner };
        for what in Permission::ALL {
            assert!(!can(&owner, what, Some(other)), "{what:?}");
            assert!(!can(&owner, what, None), "{what:?}");
            assert!(!can(&Principal::Anonymous, what, Some(own)), "{what:?}");
        }
        assert!(can(&owner, Permission::ManageMembers, Some(own)));
    }

    #[test]
    fn staff_cannot_change_the_business() {
        let own = TenantId(Uuid::from_u128(1));
        let staff = Principal::Member { id: MemberId(Uuid::from_u128(3)), tenant: own, role: Role::Staff };
        let allowed: Vec<_> = Permission::ALL.into_iter().filter(|what| can(&staff, *what, Some(own))).collect();
        assert_eq!(
            allowed,
            [Permission::ReadInbox, Permission::Reply, Permission::ReadCalendar, Permission::ManageBookings]
        );
    }
}
