//! Prices, verdicts and steps, put together one rule at a time.

use crate::{
    Adjustment, Ask, Choice, Effect, Field, Next, Objection, Outgoing, PriceLine, Quotation, StepAnswer, ToolAnswer,
    Verdict, texts,
};

/// A named value.
pub fn field(key: &str, value: &str) -> Field {
    Field { key: key.to_owned(), value: value.to_owned() }
}

impl Quotation {
    /// Adds a line; one of nothing is left out.
    pub fn line(mut self, key: &str, label: &str, amount: i64) -> Self {
        if amount != 0 {
            self.lines.push(PriceLine { key: key.into(), label: label.into(), amount, fields: Vec::new() });
        }
        self
    }

    /// To be paid before the visit is firm.
    pub fn deposit(mut self, amount: i64) -> Self {
        self.deposit = Some(amount);
        self
    }
}

impl Verdict {
    /// Nothing against it.
    pub fn fine() -> Self {
        Self::default()
    }

    pub fn refuse(mut self, code: &str, text: &str) -> Self {
        self.refusals.push(Objection { code: code.into(), text: text.into(), fields: Vec::new() });
        self
    }

    /// Told when the visit is read back.
    pub fn note(mut self, text: &str) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Asked before the visit is judged again; the answer is `draft.answer(key)`.
    pub fn ask(mut self, ask: Ask) -> Self {
        self.required.push(ask);
        self
    }

    /// The form must be filled first.
    pub fn form(mut self, key: &str) -> Self {
        self.forms.push(key.into());
        self
    }

    /// Items in this order.
    pub fn in_order(mut self, order: Vec<u32>) -> Self {
        self.order = order;
        self
    }

    pub fn adjust(mut self, adjustment: Adjustment) -> Self {
        self.adjustments.push(adjustment);
        self
    }

    /// Not earlier than this instant, and why.
    pub fn not_before(self, at: i64, why: &str) -> Self {
        self.adjust(Adjustment::NotBefore((at, why.into())))
    }

    pub fn needs_approval(self, why: &str) -> Self {
        self.adjust(Adjustment::NeedsApproval(why.into()))
    }
}

impl Ask {
    pub fn new(key: &str, question: &str) -> Self {
        Self { key: key.into(), question: question.into(), ..Self::default() }
    }

    /// An answer to tap, labelled by language.
    pub fn choice(mut self, value: &str, labels: &[(&str, &str)]) -> Self {
        self.choices.push(Choice { value: value.into(), label: texts(labels), fields: Vec::new() });
        self
    }
}

impl ToolAnswer {
    pub fn says(text: &str) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn and(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

impl StepAnswer {
    fn next(next: Next, state: &str) -> Self {
        Self { next, state: state.into(), effects: Vec::new(), fields: Vec::new(), ext: None }
    }

    /// Not for this dialog.
    pub fn pass() -> Self {
        Self::next(Next::Pass, "")
    }

    pub fn done(text: &str) -> Self {
        Self::next(Next::Done(text.into()), "")
    }

    /// Asks and remembers `state` for the answer.
    pub fn ask(ask: Ask, state: &str) -> Self {
        Self::next(Next::Ask(ask), state)
    }

    pub fn and(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

impl Outgoing {
    /// One of the module's messages, at an instant or now.
    pub fn message(key: &str, at: Option<i64>) -> Self {
        Self { message: key.into(), fields: Vec::new(), at }
    }
}
