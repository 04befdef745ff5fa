//! Money: whole minor units of one currency, and arithmetic that cannot mix or overflow.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// An ISO 4217 code. Invariant: three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const MXN: Self = Self(*b"MXN");
    pub const USD: Self = Self(*b"USD");

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the point: 2, but 0 for yen, 3 for dinars (ISO 4217).
    pub fn exponent(self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"CLP" | b"PYG" | b"VND" | b"ISK" | b"UGX" | b"XAF" | b"XOF" | b"XPF" | b"RWF"
            | b"KMF" | b"GNF" | b"DJF" | b"BIF" | b"VUV" => 0,
            b"BHD" | b"KWD" | b"OMR" | b"JOD" | b"TND" | b"IQD" | b"LYD" => 3,
            _ => 2,
        }
    }
}

/// Not three letters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three letters, as in MXN")]
pub struct InvalidCurrency;

impl FromStr for Currency {
    type Err = InvalidCurrency;
    fn from_str(text: &str) -> Result<Self, InvalidCurrency> {
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if code.iter().all(u8::is_ascii_alphabetic) => {
                Ok(Self(code.map(|byte| byte.to_ascii_uppercase())))
            }
            _ => Err(InvalidCurrency),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An amount in minor units (cents); negative for discounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

/// Two currencies met, or the sum does not fit 64 bits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("cannot add {0} and {1}")]
    Mixed(Currency, Currency),
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// `basis_points` hundredths of a percent of this, rounded half away from zero.
    pub fn share(self, basis_points: i32) -> Result<Self, MoneyError> {
        let exact = i128::from(self.minor) * i128::from(basis_points);
        let half = if exact < 0 { -5_000 } else { 5_000 };
        let minor = i64::try_from((exact + half) / 10_000).map_err(|_too_large| MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }
}

/// `350.00 MXN`: for logs and exports; people are told through `language`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = self.currency.exponent();
        let unit = 10_u64.pow(places);
        let (whole, part) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        let sign = if self.minor < 0 { "-" } else { "" };
        match places {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            2 => write!(f, "{sign}{whole}.{part:02} {}", self.currency),
            _ => write!(f, "{sign}{whole}.{part:03} {}", self.currency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_with_the_currency_s_own_digits() {
        assert_eq!(Money::new(35_000, Currency::MXN).to_string(), "350.00 MXN");
        assert_eq!(Money::new(-5, Currency::MXN).to_string(), "-0.05 MXN");
        assert_eq!(Money::new(1_200, "JPY".parse().unwrap()).to_string(), "1200 JPY");
        assert_eq!(Money::new(1_005, "KWD".parse().unwrap()).to_string(), "1.005 KWD");
    }

    #[test]
    fn shares_round_half_away_from_zero() {
        let share = |minor, points| Money::new(minor, Currency::MXN).share(points).unwrap().minor;
        assert_eq!(share(1, 5_000), 1);
        assert_eq!(share(-1, 5_000), -1);
        assert_eq!(share(999, 1_000), 100);
    }

    #[test]
    fn currencies_do_not_mix() {
        assert!(Money::zero(Currency::MXN).checked_add(Money::zero(Currency::USD)).is_err());
        assert!(Money::new(i64::MAX, Currency::MXN).checked_add(Money::new(1, Currency::MXN)).is_err());
    }
}
