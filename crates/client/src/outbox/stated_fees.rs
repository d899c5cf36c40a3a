//! The bank's schedule of fees in the store.

use order::Fee;
use protocol::ParseError;
use protocol::cbor::{Fields, FromValue as _, Value};
use protocol::cbor_array;
use protocol::http::OrderFee;

/// The bank's fees. Those of schemes that this version does not know are left out: it makes no order with them.
pub(crate) fn known(fees: &[OrderFee]) -> Vec<Fee> {
    let known = fees.iter().cloned();
    known.filter_map(|fee| fee.try_into().ok()).collect()
}

pub(crate) fn encode(fees: &[Fee]) -> Value {
    let row = |fee: &Fee| cbor_array![fee.scheme.as_str(), fee.amount, fee.from];
    Value::Array(fees.iter().map(row).collect())
}

/// Reads the stored form. A scheme that an older version does not know is left out.
pub(crate) fn decode(rows: Vec<Value>) -> Result<Vec<Fee>, ParseError> {
    let mut fees = Vec::with_capacity(rows.len());
    for row in rows {
        let mut row = Fields::new(Vec::from_value(row)?);
        let fee = OrderFee {
            scheme: row.take()?,
            amount: row.take()?,
            from: row.take()?,
        };
        fees.extend(known(&[fee]));
    }
    Ok(fees)
}

#[cfg(test)]
mod tests {
    use super::*;
    use order::Scheme;
    use types::{Currency, Money, Time};

    #[test]
    fn fees_are_read_back_without_schemes_that_nobody_knows() {
        let amount = Money::new(20_000, Currency::CZK);
        let of = |scheme: &str| OrderFee {
            scheme: scheme.to_owned(),
            amount,
            from: Time::from_ms(7),
        };
        let fees = known(&[of("swift"), of("pigeon")]);
        assert_eq!(fees.len(), 1);
        assert_eq!(fees[0].scheme, Scheme::Swift);
        let Value::Array(mut rows) = encode(&fees) else {
            panic!("an array")
        };
        rows.push(cbor_array!["pigeon", amount, Time::from_ms(7)]);
        assert_eq!(decode(rows), Ok(fees));
    }
}
