//! The sandbox's exchange rates. They do not change.

use types::{Currency, Rate};

/// What one unit is worth in Czech crowns, as a coefficient with three decimals.
const IN_CROWNS: &[(&str, i64)] = &[
    ("CZK", 1_000),
    ("EUR", 24_500),
    ("GBP", 28_300),
    ("JPY", 142),
    ("KWD", 69_100),
    ("THB", 648),
    ("USD", 21_200),
];

/// Decimals of the rates.
const SCALE: u8 = 9;

/// How many units of `to` one unit of `from` is worth, rounded to nine decimals.
pub(crate) fn rate(from: Currency, to: Currency) -> Option<Rate> {
    let in_crowns = |currency: Currency| {
        let mut known = IN_CROWNS.iter();
        known
            .find(|(code, _)| *code == currency.as_str())
            .map(|(_, rate)| i128::from(*rate))
    };
    let (from, to) = (in_crowns(from)?, in_crowns(to)?);
    let scaled = (from * 10_i128.pow(u32::from(SCALE)) + to / 2) / to;
    Some(Rate {
        coefficient: i64::try_from(scaled).ok()?,
        scale: SCALE,
    })
}

#[cfg(test)]
mod tests {
    use super::rate;
    use types::Rate;

    #[test]
    fn rates_agree_with_each_other() {
        let of = |from: &str, to: &str| rate(from.parse().unwrap(), to.parse().unwrap());
        let nine = |coefficient| {
            Some(Rate {
                coefficient,
                scale: 9,
            })
        };
        assert_eq!(of("CZK", "CZK"), nine(1_000_000_000));
        assert_eq!(of("EUR", "CZK"), nine(24_500_000_000));
        assert_eq!(of("CZK", "EUR"), nine(40_816_327));
        assert_eq!(of("CZK", "BIF"), None);
    }
}
