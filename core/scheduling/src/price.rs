//! What a visit costs: core's lines first, then the module's, and one total that is their sum.

use domain::{
    Currency, Money,
    booking::{PriceLine, Quote},
    money::MoneyError,
};

use crate::inputs::Visit;

/// One line per service, as the catalogue prices it.
pub fn base_lines(visit: &Visit) -> Vec<PriceLine> {
    let line = |item: &crate::VisitItem| PriceLine {
        key: "base".to_owned(),
        label: item.service.name.clone(),
        amount: item.service.price,
    };
    visit.items.iter().map(line).collect()
}

/// Adds up. Fails where currencies mix or the sum does not fit; a negative total becomes zero.
pub fn total(lines: Vec<PriceLine>, currency: Currency) -> Result<Quote, MoneyError> {
    let sum = lines.iter().try_fold(Money::zero(currency), |sum, line| sum.checked_add(line.amount))?;
    Ok(Quote { lines, total: Money::new(sum.minor.max(0), currency) })
}
