//! What may be booked together, and in which order.

use sdk::{Adjustment, Ask, Context, Draft, Verdict, say};

use crate::config::Config;

/// Colour before cut before styling; everything else after, as it was said.
const ORDER: [&str; 6] = ["treatment", "colour", "highlights", "balayage", "haircut", "blowdry"];
const COLOURS: [&str; 3] = ["colour", "highlights", "balayage"];

pub(crate) fn review(context: &Context, draft: &Draft, config: &Config) -> Verdict {
    let mut verdict = Verdict::fine().in_order(order(draft));
    if draft.items.len() > config.max_services {
        verdict = verdict.refuse("too-many", say(context, TOO_MANY));
    }
    if config.patch_test && draft.has(&COLOURS) && draft.by_someone_new() {
        verdict = verdict.note(say(context, PATCH_TEST));
    }
    if config.intake && draft.has(&COLOURS) {
        verdict = verdict.form("colour");
    }
    long_hair(context, draft, config, verdict)
}

/// Colour on long hair takes longer: asked first, then the visit is as long as it needs to be.
fn long_hair(context: &Context, draft: &Draft, config: &Config, verdict: Verdict) -> Verdict {
    let places = (0_u32..).zip(&draft.items).filter(|(_, item)| COLOURS.contains(&item.key.as_str()));
    let coloured: Vec<(u32, u32)> = places.map(|(place, item)| (place, item.minutes)).collect();
    if config.long_hair_minutes == 0 || coloured.is_empty() {
        return verdict;
    }
    match draft.answer("hair") {
        None => verdict.ask(
            Ask::new("hair", say(context, HAIR))
                .choice("short", &[("es", "Corto"), ("en", "Short"), ("pt", "Curto"), ("id", "Pendek")])
                .choice("long", &[("es", "Largo"), ("en", "Long"), ("pt", "Longo"), ("id", "Panjang")]),
        ),
        Some(length) if LONG.contains(&length.trim().to_lowercase().as_str()) => {
            coloured.into_iter().fold(verdict, |verdict, (place, minutes)| {
                verdict.adjust(Adjustment::Minutes((place, minutes + config.long_hair_minutes)))
            })
        }
        Some(_) => verdict,
    }
}

/// "Long" as it is tapped or typed.
const LONG: [&str; 6] = ["long", "largo", "largo.", "longo", "panjang", "muy largo"];
const HAIR: &[(&str, &str)] = &[
    ("es", "¿Tu cabello es corto o largo (más abajo de los hombros)?"),
    ("en", "Is your hair short or long (below the shoulders)?"),
    ("pt", "Seu cabelo é curto ou longo (abaixo dos ombros)?"),
    ("id", "Rambut Anda pendek atau panjang (di bawah bahu)?"),
];

const TOO_MANY: &[(&str, &str)] = &[
    ("es", "En una sola visita no alcanzamos a hacer tantos servicios; mejor lo partimos en dos citas."),
    ("en", "That is more than we can do in one visit; let us split it in two."),
    ("pt", "São serviços demais para uma visita; vamos dividir em duas."),
    ("id", "Terlalu banyak layanan untuk satu kunjungan; mari kita bagi dua."),
];
const PATCH_TEST: &[(&str, &str)] = &[
    ("es", "Como es tu primera vez con color, pasa 48 horas antes por una prueba de alergia (5 minutos, sin costo)."),
    ("en", "As this is your first colour with us, please come by 48 hours before for a patch test (5 minutes, free)."),
    ("pt", "Como é sua primeira coloração, passe 48 horas antes para um teste de alergia (5 minutos, grátis)."),
    ("id", "Karena ini pewarnaan pertama Anda, mohon datang 48 jam sebelumnya untuk tes alergi (5 menit, gratis)."),
];

/// Indexes in the order of work; empty when it is that already.
fn order(draft: &Draft) -> Vec<u32> {
    let rank = |key: &str| ORDER.iter().position(|other| *other == key).unwrap_or(ORDER.len());
    let mut places: Vec<usize> = (0..draft.items.len()).collect();
    places.sort_by_key(|place| draft.items.get(*place).map_or(0, |item| rank(&item.key)));
    if places.windows(2).all(|pair| pair[0] < pair[1]) {
        return Vec::new();
    }
    places.into_iter().filter_map(|place| u32::try_from(place).ok()).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use sdk::{DraftItem, Visitor};

    pub(crate) fn context(language: &str) -> Context {
        Context { language: language.into(), currency: "MXN".into(), ..Context::default() }
    }

    pub(crate) fn draft(items: &[(&str, i64)]) -> Draft {
        let item = |(key, price): &(&str, i64)| DraftItem { key: (*key).into(), price: *price, ..DraftItem::default() };
        let visitor = Some(Visitor::default());
        Draft { items: items.iter().map(item).collect(), party: 1, visitor, ..Draft::default() }
    }

    #[test]
    fn colour_comes_before_the_cut() {
        assert_eq!(order(&draft(&[("haircut", 1), ("colour", 1)])), [1, 0]);
        assert_eq!(order(&draft(&[("colour", 1), ("haircut", 1)])), [] as [u32; 0]);
        assert_eq!(order(&draft(&[("manicure", 1), ("beard", 1)])), [] as [u32; 0]);
    }

    #[test]
    fn a_patch_test_is_asked_of_new_customers_only() {
        let config = Config { patch_test: true, ..Config::default() };
        assert_eq!(review(&context("es"), &draft(&[("colour", 1)]), &config).notes.len(), 1);
        let mut known = draft(&[("colour", 1)]);
        known.visitor = Some(Visitor { completed_visits: 2, ..Visitor::default() });
        assert!(review(&context("es"), &known, &config).notes.is_empty());
    }

    #[test]
    fn long_hair_is_asked_about_and_takes_longer() {
        let config = Config { long_hair_minutes: 45, ..Config::default() };
        let mut visit = draft(&[("haircut", 1), ("colour", 1)]);
        visit.items[1].minutes = 105;
        assert_eq!(review(&context("es"), &visit, &config).required[0].key, "hair");
        visit.fields = vec![sdk::answers::field("hair", "Largo")];
        let verdict = review(&context("es"), &visit, &config);
        assert!(
            matches!(verdict.adjustments.as_slice(), [Adjustment::Minutes((1, 150))]) && verdict.required.is_empty()
        );
        assert!(review(&context("es"), &visit, &Config::default()).adjustments.is_empty());
    }

    #[test]
    fn too_many_services_are_refused_in_the_customer_s_language() {
        let many = draft(&[("haircut", 1); 5]);
        assert!(review(&context("en"), &many, &Config::default()).refusals[0].text.starts_with("That is more"));
        assert!(review(&context("es-MX"), &many, &Config::default()).refusals[0].text.starts_with("En una sola"));
    }
}
