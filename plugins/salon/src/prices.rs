//! What is added to the catalogue's prices.

use sdk::{Context, Draft, PriceLine, say};

use crate::config::Config;

/// The cheaper services of a visit are discounted, the dearest never; seniors cost more where the owner says so.
pub(crate) fn lines(context: &Context, draft: &Draft, config: &Config) -> Vec<PriceLine> {
    let mut lines = Vec::new();
    let total: i64 = draft.items.iter().map(|item| item.price).sum();
    let dearest = draft.items.iter().map(|item| item.price).max().unwrap_or(0);
    let discount = percent(total - dearest, config.combo_discount_percent);
    if draft.items.len() > 1 && discount > 0 {
        let label = say(
            context,
            &[
                ("es", "Descuento por paquete"),
                ("en", "Combo discount"),
                ("pt", "Desconto de pacote"),
                ("id", "Diskon paket"),
            ],
        );
        lines.push(PriceLine { key: "combo".into(), label: label.into(), amount: -discount });
    }
    let senior: i64 = draft
        .items
        .iter()
        .filter(|item| item.resources.iter().any(|resource| resource.skills.iter().any(|skill| skill == "senior")))
        .map(|item| percent(item.price, config.senior_surcharge_percent))
        .sum();
    if senior > 0 {
        let label = say(
            context,
            &[
                ("es", "Estilista senior"),
                ("en", "Senior stylist"),
                ("pt", "Estilista sênior"),
                ("id", "Penata senior"),
            ],
        );
        lines.push(PriceLine { key: "senior".into(), label: label.into(), amount: senior });
    }
    lines
}

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
        let lines = lines(&context("es-MX"), &draft(&[("haircut", 35_000), ("beard", 20_000)]), &Config::default());
        assert_eq!(
            lines.iter().map(|line| (line.label.as_str(), line.amount)).collect::<Vec<_>>(),
            [("Descuento por paquete", -2_000)]
        );
        assert!(super::lines(&context("es-MX"), &draft(&[("haircut", 35_000)]), &Config::default()).is_empty());
    }
}
