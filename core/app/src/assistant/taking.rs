//! A time that can be had: judged, with what must be asked first, and then held or moved to.

use domain::{booking::Booking, message::Body, tenant::AfterStrikes};
use language::{Days, Hour, say};
use scheduling::{Opening, Visit};
use serde_json::json;

use super::{
    Action, Asked, Facts, Plan, Settled, Speech, Terms, Told, asking,
    booking::{fitting, let_go, yes_no},
    offering::instead,
};

/// The time can be had: hold it, or ask for the yes to move there.
pub(super) async fn take(
    facts: &Facts,
    speech: &Speech<'_>,
    plan: &mut Plan,
    visit: &Visit,
    opening: Opening,
    moving: Option<&Booking>,
) {
    if let Some(booking) = moving {
        ask_move(facts, speech, plan, visit, &opening, booking).await;
        return;
    }
    if facts.tenant.policy.after(facts.customer.no_shows) == AfterStrikes::Refused {
        plan.says.push(speech.text("strikes"));
        plan.actions.push(Action::HandToPerson { reason: "too many no-shows".to_owned() });
        return;
    }
    if facts.open_beside(&let_go(plan)) >= facts.tenant.policy.open_per_customer {
        plan.says.push(speech.text("open_limit"));
        plan.actions.push(Action::HandToPerson { reason: "has as many bookings as one may".to_owned() });
        return;
    }
    let inputs = facts.without(&let_go(plan));
    let start = opening.start();
    let answers = Some(&plan.memory.answers);
    let Settled { opening, judged } = match facts.settle(speech.language(), &inputs, visit, start, answers).await {
        Ok(settled) => settled,
        Err(reasons) => {
            let visit = fitting(facts, speech, &plan.memory, visit.clone()).await;
            return instead(facts, speech, plan, &inputs, &visit, start, &reasons);
        }
    };
    if !judged.review.refusals.is_empty() {
        // The rest of the wish stays: "then the four of us" or "the day after" is enough to go on.
        plan.memory.offered.clear();
        plan.memory.answers.clear();
        plan.memory.asked = Some(Asked::Service);
        plan.says.extend(judged.review.refusals.into_iter().map(|objection| Body::text(objection.text)));
        return;
    }
    if let Some(held) = plan.memory.held.take() {
        plan.actions.push(Action::Release { booking: held });
    }
    if asking::ask(facts, speech, plan, &judged.review) {
        keep_wish(facts, plan, &opening);
        return;
    }
    let told = Told {
        note: asking::note(facts, &plan.memory),
        answers: asking::kept(facts, speech, &plan.memory),
        terms: Terms::of(&judged),
    };
    plan.actions.push(Action::Hold {
        opening: Box::new(opening),
        quote: judged.quote,
        party: visit.party,
        told: Box::new(told),
    });
}

/// The yes to a move, with what it costs then where that is another price than before.
async fn ask_move(
    facts: &Facts,
    speech: &Speech<'_>,
    plan: &mut Plan,
    visit: &Visit,
    opening: &Opening,
    booking: &Booking,
) {
    let judged = facts.judge(speech.language(), visit, Some(opening), None).await;
    let total = judged.quote.total;
    let told = if total == booking.quote.total { String::new() } else { say::money(speech.language(), total) };
    let resource = plan.memory.resource.or(opening.resources().first().map(|(id, _)| *id));
    plan.memory.asked = Some(Asked::ConfirmMove { start: opening.start(), resource });
    let mut about = speech.about_opening(opening);
    if let Some(fields) = about.as_object_mut() {
        fields.insert("total".to_owned(), json!(told));
    }
    let text = speech.words("readback_move", about);
    plan.says.push(Body::Buttons { text, buttons: yes_no(speech) });
}

/// The time that was chosen is the wish now: answers lead back to it.
fn keep_wish(facts: &Facts, plan: &mut Plan, opening: &Opening) {
    let local = facts.local(opening.start());
    (plan.memory.days, plan.memory.hour) = (Some(Days::On(local.date())), Some(Hour::At(local.time())));
}
