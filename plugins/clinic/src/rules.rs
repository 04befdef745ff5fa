//! What must be so before a visit may be: the right kind of visit, a guardian for the young, consent.

use sdk::{Ask, Context, Draft, Verdict, say};

use crate::{
    config::Config,
    sentences::{
        ARRIVE_EARLY, ASK_AGE, ASK_CONSENT, ASK_GUARDIAN, CONSENT_NEEDED, FIRST_VISIT_FIRST, GUARDIAN_COMES, NO, YES,
    },
};

pub(crate) fn review(context: &Context, draft: &Draft, config: &Config) -> Verdict {
    let mut verdict = Verdict::fine();
    if draft.has(&["follow-up"]) && !known_lately(context, draft, config) {
        return verdict.refuse("first-visit-first", say(context, FIRST_VISIT_FIRST));
    }
    if draft.has(&["child-visit"]) {
        match age(draft) {
            None => verdict = verdict.ask(Ask::new("age", say(context, ASK_AGE))),
            Some(age) if age >= config.adult_age => {}
            Some(_) if guardian(draft).is_none() => {
                verdict = verdict.ask(Ask::new("guardian", say(context, ASK_GUARDIAN)))
            }
            Some(_) => verdict = verdict.note(say(context, GUARDIAN_COMES)),
        }
    }
    if config.consent && draft.by_someone_new() {
        match draft.known("consent").or(draft.answer("consent")).map(agrees) {
            Some(true) => {}
            Some(false) => return Verdict::fine().refuse("no-consent", say(context, CONSENT_NEEDED)),
            None => {
                let ask = Ask::new("consent", say(context, ASK_CONSENT)).choice("yes", YES).choice("no", NO);
                verdict = verdict.ask(ask);
            }
        }
    }
    if draft.by_someone_new() {
        verdict = verdict.note(say(context, ARRIVE_EARLY));
    }
    verdict
}

/// A follow-up follows a visit that is not too long ago.
fn known_lately(context: &Context, draft: &Draft, config: &Config) -> bool {
    let last = draft.visitor.as_ref().and_then(|visitor| visitor.last_visit.as_ref());
    let at = draft.start.as_ref().unwrap_or(&context.now);
    last.is_some_and(|last| last.minutes_until(at) <= config.follow_up_days * 24 * 60)
}

/// The first number in what was answered: "tiene 7 años" is seven.
fn age(draft: &Draft) -> Option<u32> {
    let said = draft.answer("age")?;
    let digits: String =
        said.chars().skip_while(|letter| !letter.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|age| *age < 130)
}

fn guardian(draft: &Draft) -> Option<&str> {
    draft.answer("guardian").or(draft.known("guardian")).filter(|name| !name.trim().is_empty())
}

/// A yes that is one; whatever else was said is none.
fn agrees(answer: &str) -> bool {
    let answer = answer.trim().to_lowercase();
    ["yes", "sí", "si", "acepto", "de acuerdo", "i agree", "sim", "aceito", "ya", "setuju", "ok"]
        .contains(&answer.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::{DraftItem, Field, Moment, Visitor};

    const DAY: i64 = 24 * 60 * 60 * 1_000;

    fn context(language: &str) -> Context {
        Context { language: language.into(), now: moment(100), ..Context::default() }
    }

    fn moment(day: i64) -> Moment {
        Moment { at: day * DAY, ..Moment::default() }
    }

    fn visit(key: &str, last: Option<i64>, answers: &[(&str, &str)]) -> Draft {
        let field = |(key, value): &(&str, &str)| Field { key: (*key).into(), value: (*value).into() };
        Draft {
            items: vec![DraftItem { key: key.into(), ..DraftItem::default() }],
            visitor: Some(Visitor {
                completed_visits: u32::from(last.is_some()),
                last_visit: last.map(moment),
                ..Visitor::default()
            }),
            fields: answers.iter().map(field).collect(),
            ..Draft::default()
        }
    }

    fn outcome(draft: &Draft) -> (Vec<String>, Vec<String>) {
        let verdict = review(&context("es-MX"), draft, &Config::default());
        let codes = verdict.refusals.into_iter().map(|refusal| refusal.code).collect();
        (codes, verdict.required.into_iter().map(|ask| ask.key).collect())
    }

    fn lists(codes: &[&str], asks: &[&str]) -> (Vec<String>, Vec<String>) {
        let owned = |list: &[&str]| list.iter().map(|key| (*key).to_owned()).collect();
        (owned(codes), owned(asks))
    }

    #[test]
    fn a_follow_up_follows_a_visit_of_the_last_half_year() {
        assert_eq!(outcome(&visit("follow-up", None, &[])), lists(&["first-visit-first"], &[]));
        assert_eq!(outcome(&visit("follow-up", Some(50), &[])), lists(&[], &[]));
        assert_eq!(outcome(&visit("follow-up", Some(-90), &[])), lists(&["first-visit-first"], &[]));
    }

    #[test]
    fn nothing_is_kept_without_consent_and_a_no_ends_it() {
        assert_eq!(outcome(&visit("first-visit", None, &[])), lists(&[], &["consent"]));
        assert_eq!(outcome(&visit("first-visit", None, &[("consent", "Sí")])), lists(&[], &[]));
        assert_eq!(outcome(&visit("first-visit", None, &[("consent", "no")])), lists(&["no-consent"], &[]));
        assert_eq!(outcome(&visit("first-visit", None, &[("consent", "yes, but")])), lists(&["no-consent"], &[]));
    }

    #[test]
    fn a_child_comes_with_a_guardian() {
        let known = Some(90);
        assert_eq!(outcome(&visit("child-visit", known, &[])), lists(&[], &["age"]));
        assert_eq!(outcome(&visit("child-visit", known, &[("age", "tiene 7 años")])), lists(&[], &["guardian"]));
        let with = [("age", "7"), ("guardian", "María, su mamá")];
        assert_eq!(outcome(&visit("child-visit", known, &with)), lists(&[], &[]));
        assert_eq!(outcome(&visit("child-visit", known, &[("age", "19")])), lists(&[], &[]));
    }

    #[test]
    fn every_sentence_is_there_in_four_languages() {
        for sentences in crate::sentences::ALL {
            let languages: Vec<&str> = sentences.iter().map(|(language, _)| *language).collect();
            assert_eq!(languages, ["es", "en", "pt", "id"]);
        }
    }

    #[test]
    fn a_reminder_says_nothing_of_the_reason() {
        for (_, body) in crate::sentences::REMINDER {
            assert!(!body.contains("what") && !body.contains("service"), "{body}");
        }
    }
}
