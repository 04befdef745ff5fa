//! What a module answers: prices, verdicts, steps of a dialog, and effects that the host applies after checking each.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    describing::Choice,
    granting::covers,
    outside::{WebRequest, WebResponse},
    visit::{Draft, DraftCustomer, KnownBooking},
};
use crate::{Money, booking::PriceLine};

/// Lines on top of the catalogue's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Quotation {
    pub lines: Vec<PriceLine>,
    /// To be paid before the visit is firm.
    pub deposit: Option<Money>,
}

/// What the rules say of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    /// Reasons against, none for yes. `text` is already in the context's language.
    pub refusals: Vec<Objection>,
    /// How the visit should be changed before it is offered.
    pub adjustments: Vec<Adjustment>,
    /// Told to the customer with the read-back.
    pub notes: Vec<String>,
    /// Order of the items, as indexes into the draft; empty keeps it.
    pub order: Vec<u32>,
    /// Must be asked first.
    pub required: Vec<Ask>,
    /// Keys of forms to be filled first.
    pub forms: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    pub code: String,
    pub text: String,
}

/// A change to a visit. One that the host does not know arrives as a refusal instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Adjustment {
    Minutes { item: usize, minutes: u32 },
    Buffers { item: usize, before: u32, after: u32 },
    NotBefore { at: Timestamp, why: String },
    NeedsApproval { why: String },
}

/// A question to the customer; the answer comes back in [`Draft::fields`] under `key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub key: String,
    pub question: String,
    pub choices: Vec<Choice>,
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolAnswer {
    pub text: String,
    /// Effects the host applies after checking each as its own.
    pub effects: Vec<Effect>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    HandToPerson {
        reason: String,
    },
    RememberField {
        key: String,
        value: String,
    },
    /// Keep a field of the customer.
    Keep {
        key: String,
        value: String,
    },
    Send(Outgoing),
    ProposeMove(MoveProposal),
    /// For the members, in the thread.
    Note {
        text: String,
    },
    /// Adds to a counter for report tiles.
    Count {
        key: String,
        amount: i64,
    },
    /// Open one of the module's dialogs with the customer.
    BeginDialog {
        dialog: String,
    },
    Request(Errand),
}

impl Effect {
    /// For logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::HandToPerson { .. } => "hand-to-person",
            Self::RememberField { .. } => "remember",
            Self::Keep { .. } => "keep",
            Self::Send(_) => "send",
            Self::ProposeMove(_) => "propose-move",
            Self::Note { .. } => "note",
            Self::Count { .. } => "count",
            Self::BeginDialog { .. } => "begin-dialog",
            Self::Request(_) => "request",
        }
    }

    /// Whether these grants allow it; each effect is asked about before anything is done.
    pub fn allowed_by(&self, grants: &[String]) -> bool {
        let granted = |name: &str| grants.iter().any(|grant| grant == name);
        match self {
            // Reading a key does not allow writing it.
            Self::Keep { key, .. } => granted(&format!("customer:{key}=")),
            Self::Send(_) => granted("messages"),
            Self::ProposeMove(_) => granted("moves"),
            Self::Request(errand) => grants.iter().any(|grant| covers(grant, "http", Some(&errand.request.target()))),
            Self::HandToPerson { .. }
            | Self::RememberField { .. }
            | Self::Note { .. }
            | Self::Count { .. }
            | Self::BeginDialog { .. } => true,
        }
    }
}

/// One of the module's messages to the customer whom the call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Key of a template in the description's `messages`.
    pub message: String,
    pub fields: BTreeMap<String, String>,
    pub at: Option<Timestamp>,
}

/// A request to be made after the call; `key` comes back with the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    pub key: String,
    pub request: WebRequest,
}

/// A booking that should move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveProposal {
    pub booking: String,
    pub reason: String,
    pub earliest: Option<Timestamp>,
    pub latest: Option<Timestamp>,
}

/// What a customer said to a dialog.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    pub dialog: String,
    pub said: String,
    /// What was understood, by name.
    pub heard: BTreeMap<String, String>,
    /// What the step before left.
    pub state: String,
    /// How many steps there were before.
    pub step: u32,
    pub draft: Option<Draft>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Ask(Ask),
    Done(String),
    /// The assistant answers as if the dialog had not been there.
    Pass,
    HandToPerson {
        reason: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepAnswer {
    pub next: Next,
    pub state: String,
    pub effects: Vec<Effect>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub code: String,
    pub at: Timestamp,
    pub booking: Option<KnownBooking>,
    pub customer: Option<DraftCustomer>,
    /// What came back, when a request was answered.
    pub answer: Option<WebResponse>,
    pub fields: BTreeMap<String, String>,
}
