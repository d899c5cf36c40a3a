//! Amounts as a language writes them, and amounts as people type them.

use crate::model::Amount;
use types::{Currency, Money};

/// How a language writes numbers and amounts.
#[derive(Debug)]
pub(crate) struct Numbers {
    /// Between whole units and decimals.
    pub(crate) decimal: char,
    /// Between groups of three digits.
    pub(crate) group: char,
    /// Whether the currency is written before the number.
    pub(crate) currency_first: bool,
    /// Currencies that have a symbol in this language.
    pub(crate) symbols: &'static [(&'static str, &'static str)],
}

/// A space at which no line breaks.
pub(crate) const NO_BREAK_SPACE: char = '\u{a0}';
/// The sign of money that goes out.
pub(crate) const MINUS: &str = "\u{2212}";

/// An amount without its sign, in the parts that a view sets apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Whole units, in groups.
    pub(crate) whole: String,
    /// The decimal separator and the decimals; empty for currencies without.
    pub(crate) fraction: String,
    /// The currency's symbol or code.
    pub(crate) currency: String,
    /// Whether a space is between number and currency.
    pub(crate) spaced: bool,
}

impl Numbers {
    /// The amount without its sign.
    pub(crate) fn written(&self, amount: Amount) -> Written {
        let decimals = amount.currency.decimals().unwrap_or_default();
        let magnitude = amount.minor_units.unsigned_abs();
        let unit = 10_u64.pow(u32::from(decimals));
        let fraction = match usize::from(decimals) {
            0 => String::new(),
            places => format!("{}{:0places$}", self.decimal, magnitude % unit),
        };
        let code = amount.currency.as_str();
        let mut symbols = self.symbols.iter();
        let symbol = symbols.find(|(known, _)| *known == code);
        Written {
            whole: self.grouped(magnitude / unit),
            fraction,
            currency: symbol.map_or(code, |(_, symbol)| symbol).to_owned(),
            spaced: !self.currency_first || symbol.is_none(),
        }
    }

    /// The amount on a line, with a sign if it is negative.
    pub(crate) fn line(&self, amount: Amount) -> String {
        let sign = if amount.minor_units < 0 { MINUS } else { "" };
        let written = self.written(amount);
        let number = format!("{}{}", written.whole, written.fraction);
        let space = if written.spaced { "\u{a0}" } else { "" };
        match self.currency_first {
            true => format!("{sign}{}{space}{number}", written.currency),
            false => format!("{sign}{number}{space}{}", written.currency),
        }
    }

    /// A whole number in groups of three digits.
    pub(crate) fn grouped(&self, number: u64) -> String {
        let digits = number.to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(self.group);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// The positive amount that somebody typed, or nothing. Spaces are ignored. A separator counts as decimal if it
    /// is the language's, or if it cannot separate groups; `1,234` is a thousand in English and no crown in Czech.
    pub(crate) fn typed(&self, text: &str, currency: Currency) -> Option<Amount> {
        let text: String = text
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(ascii_digit)
            .collect();
        if !text
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
        {
            return None;
        }
        let separators = text.char_indices().filter(|(_, c)| matches!(c, '.' | ','));
        let separators: Vec<(usize, char)> = separators.collect();
        let last = separators.last().copied();
        let decimal = last.filter(|(at, separator)| {
            let digits_after = text.len() - at - 1;
            let is_only = separators.iter().filter(|(_, c)| c == separator).count() == 1;
            is_only && (*separator == self.decimal || digits_after != 3)
        });
        let (whole, fraction) = match decimal {
            Some((at, _)) => (text.get(..at)?, text.get(at + 1..)?),
            None => (text.as_str(), ""),
        };
        let mut groups = whole.split(['.', ',']);
        let first = groups.next()?;
        if groups.any(|group| group.len() != 3) || (whole.contains(['.', ',']) && first.len() > 3) {
            return None;
        }
        let whole = whole.replace(['.', ','], "");
        let whole = if whole.is_empty() {
            "0"
        } else {
            whole.as_str()
        };
        let number = match fraction {
            "" => whole.to_owned(),
            _ => format!("{whole}.{fraction}"),
        };
        let money = Money::from_decimal(&number, currency).ok()?;
        (money.minor_units() > 0).then(|| money.into())
    }
}

fn ascii_digit(c: char) -> char {
    let thai = u32::from(c).checked_sub(u32::from('๐'));
    thai.and_then(|digit| char::from_digit(digit, 10))
        .unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use crate::model::Amount;
    use crate::texts::Language;

    fn amount(minor_units: i64, currency: &str) -> Amount {
        Amount {
            minor_units,
            currency: currency.parse().unwrap(),
        }
    }

    #[test]
    fn amounts_are_written_as_the_language_has_it() {
        let check = |minor_units, currency, expected: [&str; 3]| {
            let amount = amount(minor_units, currency);
            let written = Language::ALL.map(|language| {
                let line = language.texts().numbers.line(amount);
                line.replace('\u{a0}', "_").replace('\u{2212}', "-")
            });
            assert_eq!(written, expected);
        };
        check(
            123_456,
            "CZK",
            ["CZK_1,234.56", "CZK_1,234.56", "1_234,56_Kč"],
        );
        check(-5, "THB", ["-฿0.05", "-฿0.05", "-0,05_THB"]);
        check(
            1_234_567,
            "JPY",
            ["¥1,234,567", "JPY_1,234,567", "1_234_567_JPY"],
        );
        check(1_500, "KWD", ["KWD_1.500", "KWD_1.500", "1,500_KWD"]);
        check(
            i64::MIN,
            "EUR",
            [
                "-€92,233,720,368,547,758.08",
                "-€92,233,720,368,547,758.08",
                "-92_233_720_368_547_758,08_€",
            ],
        );
    }

    #[test]
    fn typed_amounts_are_read_as_the_language_has_it() {
        let check = |text: &str, currency, expected: [Option<i64>; 3]| {
            let read = Language::ALL.map(|language| {
                let typed = language.texts().numbers.typed(text, currency);
                typed.map(|amount| amount.minor_units)
            });
            assert_eq!(read, expected, "{text}");
        };
        let czk = "CZK".parse().unwrap();
        let all = |units| [Some(units); 3];
        check("12", czk, all(1_200));
        check("12.5", czk, all(1_250));
        check("12,50", czk, all(1_250));
        check(".5", czk, all(50));
        check(" 1 234,50 ", czk, all(123_450));
        check("1,234.50", czk, all(123_450));
        check("1.234,50", czk, all(123_450));
        check("1,234,567", czk, all(123_456_700));
        check("1,234", czk, [Some(123_400), Some(123_400), None]);
        check("1.234", czk, [None, None, Some(123_400)]);
        check("๑๒.๕๐", czk, all(1_250));
        for text in [
            "",
            "0",
            "0.00",
            "-5",
            "abc",
            "1.2.3",
            "12,34,56",
            "1234,567,890",
            "1e3",
        ] {
            check(text, czk, [None; 3]);
        }
        check("1500", "JPY".parse().unwrap(), all(1_500));
        check("15.5", "JPY".parse().unwrap(), [None; 3]);
    }
}
