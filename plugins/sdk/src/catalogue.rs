//! Services, capabilities and forms, described in one breath each.

use crate::{Form, Need, Phase, Question, StarterService, Template, Tool, Wanted, Words, texts};

impl StarterService {
    /// `names` by language.
    pub fn new(key: &str, names: &[(&str, &str)]) -> Self {
        Self { key: key.into(), names: texts(names), ..Self::default() }
    }

    /// Minutes of work.
    pub fn takes(mut self, minutes: u32) -> Self {
        self.phases.push(Phase { minutes, busy: true });
        self
    }

    /// Minutes in which whoever `frees_in_gaps` is free for others.
    pub fn waits(mut self, minutes: u32) -> Self {
        self.phases.push(Phase { minutes, busy: false });
        self
    }

    /// In minor units.
    pub fn costs(mut self, price: i64) -> Self {
        self.price = price;
        self
    }

    pub fn needs(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }

    pub fn buffers(mut self, before: u32, after: u32) -> Self {
        (self.buffer_before, self.buffer_after) = (before, after);
        self
    }
}

impl Need {
    /// One resource of a kind, for a role.
    pub fn one(role: &str, kind: &str) -> Self {
        Self { role: role.into(), kind: kind.into(), count: 1, ..Self::default() }
    }

    pub fn skilled(mut self, skill: &str) -> Self {
        self.skill = Some(skill.into());
        self
    }

    /// The customer may wish for a particular one.
    pub fn choosable(mut self) -> Self {
        self.choosable = true;
        self
    }

    pub fn free_in_gaps(mut self) -> Self {
        self.frees_in_gaps = true;
        self
    }
}

impl Wanted {
    /// A capability and the reason for it, by language.
    pub fn new(name: &str, reason: &[(&str, &str)]) -> Self {
        Self { name: name.into(), reason: texts(reason), ..Self::default() }
    }

    /// For these keys or addresses only.
    pub fn of(mut self, targets: &[&str]) -> Self {
        self.targets = targets.iter().map(|target| (*target).to_owned()).collect();
        self
    }
}

impl Tool {
    /// A tool without arguments. `triggers` by language.
    pub fn new(name: &str, description: &str, triggers: Vec<Words>) -> Self {
        Self {
            name: name.into(),
            description: description.into(),
            triggers,
            input_schema: r#"{"type":"object","properties":{}}"#.into(),
            fields: Vec::new(),
        }
    }
}

impl Form {
    /// Asked of new customers, every time, or only when a verdict names it: `new`, `every`, `never`.
    pub fn new(key: &str, asked: &str, title: &[(&str, &str)]) -> Self {
        Self { key: key.into(), asked: asked.into(), title: texts(title), ..Self::default() }
    }

    pub fn with(mut self, question: Question) -> Self {
        self.questions.push(question);
        self
    }
}

impl Question {
    /// Required, of this kind.
    pub fn new(key: &str, kind: &str, ask: &[(&str, &str)]) -> Self {
        Self { key: key.into(), kind: kind.into(), ask: texts(ask), required: true, ..Self::default() }
    }

    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// Asked only where that answer was one of these.
    pub fn when(mut self, question: &str, answers: &[&str]) -> Self {
        self.when = Some(crate::Condition {
            question: question.into(),
            answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
        });
        self
    }
}

/// A message or prompt in several languages.
pub fn template(key: &str, bodies: &[(&str, &str)]) -> Vec<Template> {
    let one = |(language, body): &(&str, &str)| Template {
        key: key.into(),
        language: (*language).into(),
        body: (*body).into(),
        fields: Vec::new(),
    };
    bodies.iter().map(one).collect()
}
