//! What is added to the catalogue's prices.

use sdk::{Context, Draft, Quotation, say};

use crate::config::Config;

/// The cheaper services of a visit are discounted, the dearest never; seniors cost more where the owner says so.
pub(crate) fn quote(context: &Context, draft: &Draft, config: &Config) -> Quotation {
    let dearest = draft.items.iter().map(|item| item.price).max().unwrap_or(0);
    let discount = percent(draft.price() - dearest, config.combo_discount_percent);
    let senior = draft.items.iter().filter(|item| item.with_skill("senior"));
    let surcharge = senior.map(|item| percent(item.price, config.senior_surcharge_percent)).sum();
    Quotation::default().line("combo", say(context, COMBO), -discount).line("senior", say(context, SENIOR), surcharge)
}

const COMBO: &[(&str, &str)] =
    &[("es", "Descuento por paquete"), ("en", "Combo discount"), ("pt", "Desconto de pacote"), ("id", "Diskon paket")];
const SENIOR: &[(&str, &str)] =
    &[("es", "Estilista senior"), ("en", "Senior stylist"), ("pt", "Estilista sênior"), ("id", "Penata senior")];

/// Rounded down to whole units of a hundred minor: nobody pays with cents here.
fn percent(amount: i64, percent: i64) -> i64 {
    amount * percent / 100 / 100 * 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{context, draft};

    #[test]
    fn the_dearest_service_is_never_discounted() {
        let two = draft(&[("haircut", 35_000), ("beard", 20_000)]);
        let lines = quote(&context("es-MX"), &two, &Config::default()).lines;
        assert_eq!(
            lines.iter().map(|line| (line.label.as_str(), line.amount)).collect::<Vec<_>>(),
            [("Descuento por paquete", -2_000)]
        );
        assert!(quote(&context("es-MX"), &draft(&[("haircut", 35_000)]), &Config::default()).lines.is_empty());
    }
}
