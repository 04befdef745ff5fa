//! When a customer should come again, by what was done: asked after the visit, sent when its time comes.

use sdk::{Automation, Context, Effect, Event, Outgoing, answers::field, catalogue::template, texts};

use crate::config::Config;

/// Days until the same is due again; what wears off soonest counts.
const DUE: &[(&str, i64)] = &[
    ("beard", 21),
    ("manicure", 21),
    ("pedicure", 28),
    ("haircut", 35),
    ("kids-haircut", 35),
    ("colour", 42),
    ("highlights", 70),
    ("balayage", 90),
];
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// After a visit: an invitation for when it is due again, for those who have not booked by then.
pub(crate) fn on_event(_context: &Context, event: &Event, config: &Config) -> Vec<Effect> {
    let Some(booking) = event.booking.as_ref().filter(|_| config.rebooking && event.code == "booking.completed") else {
        return Vec::new();
    };
    let due =
        booking.services.iter().filter_map(|key| DUE.iter().find(|(due, _)| due == key)).min_by_key(|(_, days)| days);
    let Some((service, days)) = due else { return Vec::new() };
    let weeks = (days / 7).to_string();
    let invitation = Outgoing {
        fields: vec![field("weeks", &weeks), field("unless", "booked")],
        ..Outgoing::message("rebook", Some(booking.end.at + days * DAY))
    };
    vec![Effect::Send(invitation), Effect::Count((format!("invited.{service}"), 1))]
}

/// The module's messages to customers.
pub(crate) fn messages() -> Vec<sdk::Template> {
    let rebook = template(
        "rebook",
        &[
            (
                "es",
                "Hola {{ name }}, ya pasaron {{ weeks }} semanas desde tu {{ what }}. ¿Te aparto lugar en {{ business }}?",
            ),
            (
                "en",
                "Hi {{ name }}, it has been {{ weeks }} weeks since your {{ what }}. Shall I book you in at {{ business }}?",
            ),
            ("pt", "Oi {{ name }}, já faz {{ weeks }} semanas do seu {{ what }}. Quer marcar na {{ business }}?"),
            (
                "id",
                "Halo {{ name }}, sudah {{ weeks }} minggu sejak {{ what }}. Mau saya jadwalkan lagi di {{ business }}?",
            ),
        ],
    );
    let thanks = template(
        "thanks",
        &[
            (
                "es",
                "Gracias por venir, {{ name }}. Si algo del {{ what }} no quedó como querías, dinos y lo arreglamos.",
            ),
            (
                "en",
                "Thank you for coming, {{ name }}. If anything about your {{ what }} is not right, tell us and we will fix it.",
            ),
            ("pt", "Obrigado pela visita, {{ name }}. Se algo do {{ what }} não ficou bom, avise e resolvemos."),
            ("id", "Terima kasih sudah datang, {{ name }}. Kalau {{ what }} kurang pas, kabari kami ya."),
        ],
    );
    rebook.into_iter().chain(thanks).collect()
}

/// Off until an owner wants it: not every business writes after each visit.
pub(crate) fn automations() -> Vec<Automation> {
    vec![Automation {
        key: "after-visit".into(),
        title: texts(&[
            ("es", "Gracias después de la visita"),
            ("en", "Thanks after the visit"),
            ("pt", "Agradecimento após a visita"),
            ("id", "Terima kasih setelah kunjungan"),
        ]),
        occasion: "visit.end".into(),
        minutes: 120,
        message: "thanks".into(),
        on: false,
        ..Automation::default()
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use sdk::{Booking, Moment};

    fn completed(services: &[&str]) -> Event {
        let booking = Booking {
            services: services.iter().map(|key| (*key).to_owned()).collect(),
            end: Moment { at: 1_000, ..Moment::default() },
            ..Booking::default()
        };
        Event { code: "booking.completed".into(), booking: Some(booking), ..Event::default() }
    }

    #[test]
    fn what_wears_off_soonest_sets_the_day() {
        let wanted = on_event(&Context::default(), &completed(&["colour", "haircut"]), &Config::default());
        let [Effect::Send(invitation), Effect::Count((key, 1))] = wanted.as_slice() else { panic!("{wanted:?}") };
        assert_eq!(invitation.at, Some(1_000 + 35 * DAY));
        assert_eq!(key, "invited.haircut");
    }

    #[test]
    fn nobody_is_invited_for_what_has_no_rhythm_or_where_the_owner_does_not_want_it() {
        assert!(on_event(&Context::default(), &completed(&["makeup"]), &Config::default()).is_empty());
        let off = Config { rebooking: false, ..Config::default() };
        assert!(on_event(&Context::default(), &completed(&["haircut"]), &off).is_empty());
    }
}
