//! Phone numbers in one canonical form, and the variants WhatsApp uses for the same line.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A phone number in canonical E.164 form. Invariant: `+`, then 8 to 15 digits, the first not `0`.
///
/// Canonical means: Mexico without the old mobile `1`, Argentine and Brazilian numbers as received.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

/// Not 8 to 15 digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a phone number has 8 to 15 digits with its country code")]
pub struct InvalidPhone;

impl Phone {
    pub fn parse(raw: &str) -> Result<Self, InvalidPhone> {
        let digits: String = raw.chars().filter(|letter| !" -().+/\u{a0}".contains(*letter)).collect();
        let digits = digits.strip_prefix("00").map_or(digits.clone(), str::to_owned);
        let sound = (8..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !sound {
            return Err(InvalidPhone);
        }
        Ok(Self(match digits.strip_prefix("521") {
            Some(rest) if rest.len() == 10 => format!("+52{rest}"),
            _ => format!("+{digits}"),
        }))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits alone, as a `wa_id` has them.
    pub fn digits(&self) -> &str {
        self.0.trim_start_matches('+')
    }

    /// Every form under which the same line may be stored or arrive, this one first.
    ///
    /// Mexico 52/521, Brazil with and without the ninth digit (mobiles only), Argentina from the mobile form 549 to the
    /// old 54 but never back: a number that comes as 54 may be a landline, which is another line.
    pub fn variants(&self) -> Vec<Self> {
        let digits = self.digits();
        let mut all = vec![self.clone()];
        let mut also = |text: String| all.push(Self(text));
        if let Some(rest) = digits.strip_prefix("52").filter(|rest| rest.len() == 10) {
            also(format!("+521{rest}"));
        } else if let Some(rest) = digits.strip_prefix("549").filter(|rest| rest.len() == 10) {
            also(format!("+54{rest}"));
        } else if let Some(rest) = digits.strip_prefix("55") {
            let (area, line): (String, String) = (rest.chars().take(2).collect(), rest.chars().skip(2).collect());
            let mobile = |line: &str| line.starts_with(['6', '7', '8', '9']);
            match (line.len(), line.strip_prefix('9')) {
                (9, Some(short)) if mobile(short) => also(format!("+55{area}{short}")),
                (8, _) if mobile(&line) => also(format!("+55{area}9{line}")),
                _ => {}
            }
        }
        all
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shows the last two digits only: numbers are personal data and logs are read by many.
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail: String = self.0.chars().skip(self.0.len().saturating_sub(2)).collect();
        write!(f, "Phone(…{tail})")
    }
}

impl TryFrom<String> for Phone {
    type Error = InvalidPhone;
    fn try_from(raw: String) -> Result<Self, InvalidPhone> {
        Self::parse(&raw)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variants(raw: &str) -> Vec<String> {
        Phone::parse(raw).unwrap().variants().into_iter().map(String::from).collect()
    }

    #[test]
    fn mexican_mobiles_have_one_canonical_form_and_two_spellings() {
        assert_eq!(Phone::parse("521 55 1234 5678").unwrap().as_str(), "+525512345678");
        assert_eq!(Phone::parse("+52 (55) 1234-5678").unwrap().as_str(), "+525512345678");
        assert_eq!(variants("+525512345678"), ["+525512345678", "+5215512345678"]);
    }

    #[test]
    fn brazilian_mobiles_gain_or_lose_the_nine_and_landlines_never_do() {
        assert_eq!(variants("+5511987654321"), ["+5511987654321", "+551187654321"]);
        assert_eq!(variants("+551187654321"), ["+551187654321", "+5511987654321"]);
        assert_eq!(variants("+551132654321"), ["+551132654321"]);
    }

    #[test]
    fn argentine_mobiles_match_what_was_stored_without_the_nine() {
        assert_eq!(variants("+5491112345678"), ["+5491112345678", "+541112345678"]);
        assert_eq!(variants("+541112345678"), ["+541112345678"], "perhaps a landline");
    }

    #[test]
    fn nonsense_is_refused() {
        for raw in ["", "abc", "+1", "0551234567", "123456789012345678", "55 12 ab 34 56"] {
            assert!(Phone::parse(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn debug_does_not_show_the_number() {
        assert_eq!(format!("{:?}", Phone::parse("+525512345678").unwrap()), "Phone(…78)");
    }
}
