//! Typed identifiers: a UUIDv7 inside, `bkg_` and 32 hex digits outside.
//!
//! Ids are made by [`crate::Env::id`], never here, so that tests can seed them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A typed id: what [`crate::Env::id`] makes and the store keeps as a plain UUID.
pub trait Id: Copy + Eq + std::hash::Hash + fmt::Display + FromStr<Err = InvalidId> {
    /// What stands before the underscore, three letters, never reused.
    const PREFIX: &'static str;
    fn from_uuid(uuid: Uuid) -> Self;
    fn uuid(self) -> Uuid;
}

/// The text is not an id of this kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {expected}_…")]
pub struct InvalidId {
    pub expected: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub Uuid);
        impl Id for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }
            fn uuid(self) -> Uuid { self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|rest| rest.len() == 32)
                    .and_then(|rest| Uuid::try_parse(rest).ok())
                    .map(Self)
                    .ok_or(InvalidId { expected: $prefix })
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A business.
    TenantId = "ten";
    /// One outlet of a tenant.
    LocationId = "loc";
    /// A person who logs in.
    MemberId = "mem";
    /// Who books by chatting.
    CustomerId = "cus";
    /// A connected WhatsApp number.
    ChannelId = "chn";
    /// Everything said between one customer and one channel.
    ConversationId = "cnv";
    MessageId = "msg";
    /// Messages in, replies out.
    TurnId = "trn";
    /// Anything bookable: person, room, chair, device.
    ResourceId = "res";
    ServiceId = "svc";
    BookingId = "bkg";
    /// Recurring bookings that were made together.
    SeriesId = "ser";
    WaitlistEntryId = "wle";
    /// A freed slot held for one waitlist entry.
    OfferId = "ofr";
    /// A stretch of time in which a resource is not bookable.
    BlockId = "blk";
    /// A calendar that a resource keeps elsewhere.
    OutsideCalendarId = "cal";
    InboxId = "inb";
    OutboxId = "out";
    JobId = "job";
    /// One version of a module.
    ReleaseId = "rel";
    /// A release running for a tenant.
    ActivationId = "act";
    SessionId = "ses";
    /// One language version of a message template.
    TemplateId = "tpl";
    /// A file somebody sent or is about to send.
    MediaId = "med";
    EventId = "evt";
    /// A release tried on a share of its tenants.
    CanaryId = "cny";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_prints_and_refuses_another_kind() {
        let id = BookingId(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "bkg_00000000000000000000000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert!("cus_00000000000000000000000000000007".parse::<BookingId>().is_err());
        assert!("bkg_7".parse::<BookingId>().is_err());
        assert!("bkg_0000000-0000-0000-0000-0000000000007".parse::<BookingId>().is_err());
    }
}
