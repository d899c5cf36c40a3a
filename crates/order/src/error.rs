//! Why an order or an intent is refused by itself, without knowing anything else.

use crate::Field;
use protocol::ParseError;
use protocol::cbor::CborError;
use thiserror::Error;
use types::text::TextError;

/// Why an order or an intent is refused. Each error has a stable [`reason`](OrderError::reason).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum OrderError {
    /// Not the CBOR that is needed.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The kind of order needs the field.
    #[error("the {0} is missing")]
    FieldMissing(Field),
    /// The kind of order, or the creditor's scheme, does not have the field.
    #[error("the {0} is not allowed here")]
    FieldNotAllowed(Field),
    /// A key that this version does not know.
    #[error("a key that this version does not know")]
    UnknownField,
    /// A kind of order that this version does not know.
    #[error("unknown kind of order")]
    UnknownKind,
    /// A scheme of creditors that this version does not know.
    #[error("unknown scheme")]
    UnknownScheme,
    /// The kind of order does not allow creditors of this scheme.
    #[error("a creditor of this scheme is not allowed here")]
    SchemeNotAllowed,
    /// The frequency is none of `week`, `month`, `quarter`, `year`.
    #[error("unknown frequency")]
    UnknownFrequency,
    /// The text is empty.
    #[error("the {0} is empty")]
    TextEmpty(Field),
    /// The text has too many characters (code points).
    #[error("the {field} has more than {characters_max} characters")]
    TextTooLong {
        /// The text's field.
        field: Field,
        /// The most characters that it may have.
        characters_max: usize,
    },
    /// The text may look like different text.
    #[error("the {field} is refused: {cause}")]
    Text {
        /// The text's field.
        field: Field,
        /// Why it is refused.
        cause: TextError,
    },
    /// ISO 4217 gives the currency no decimals, or does not know it.
    #[error("ISO 4217 defines no decimals for the currency")]
    UnknownCurrency,
    /// The amount is zero or negative.
    #[error("the amount must be greater than zero")]
    AmountNotPositive,
    /// Not an IBAN of a country of the registry.
    #[error("not an IBAN: country, length or check digits are wrong")]
    NotAnIban,
    /// Not a BIC (ISO 9362).
    #[error("a BIC has 8 or 11 capital letters and digits")]
    NotABic,
    /// Not `mobile:`, `national:` or `ewallet:` and 4 to 20 digits.
    #[error("a proxy is `mobile:`, `national:` or `ewallet:` and 4 to 20 digits")]
    NotAProxy,
    /// A biller's reference is not 1 to 32 ASCII letters and digits.
    #[error("a biller's reference has 1 to 32 letters and digits")]
    NotABillReference,
    /// Not `YYYY-MM-DD`, or not a day that exists.
    #[error("the {0} must be YYYY-MM-DD and a day that exists")]
    NotADate(Field),
    /// The schedule ends before it begins.
    #[error("the schedule's last date is before its first")]
    LastBeforeFirst,
    /// The intent's id is not a UUIDv7.
    #[error("the intent's id must be a UUIDv7 in lower case with hyphens")]
    NotAUuid7,
    /// The order needs a voucher.
    #[error("the order needs a voucher")]
    VoucherMissing,
    /// The order is about an earlier one and needs no voucher.
    #[error("the order must have no voucher")]
    VoucherNotAllowed,
    /// Not after is not later than created, or by more than 72 hours.
    #[error("not after must be later than created, by at most 72 hours")]
    NotAfterOutOfRange,
    /// The locale is neither `en` nor `th`.
    #[error("the locale must be `en` or `th`")]
    UnknownLocale,
    /// A template of the shown text that this version does not know.
    #[error("unknown template")]
    UnknownTemplate,
    /// The intent is not embedded in the Sign1.
    #[error("the Sign1 does not embed the intent")]
    PayloadMisplaced,
}

impl OrderError {
    /// A stable word for the check that failed.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Parse(cause) => cause.reason(),
            Self::FieldMissing(_) => "field_missing",
            Self::FieldNotAllowed(_) => "field_not_allowed",
            Self::UnknownField => "unknown_field",
            Self::UnknownKind => "unknown_kind",
            Self::UnknownScheme => "unknown_scheme",
            Self::SchemeNotAllowed => "scheme_not_allowed",
            Self::UnknownFrequency => "unknown_frequency",
            Self::TextEmpty(_) => "text_empty",
            Self::TextTooLong { .. } => "text_too_long",
            Self::Text { cause, .. } => match cause {
                TextError::NotNfc => "text_not_nfc",
                TextError::EdgeSpace => "text_has_edge_space",
                TextError::BeginsWithMark(_) => "text_begins_with_mark",
                TextError::Control(_) => "text_has_control",
                TextError::Hidden(_) => "text_has_hidden",
            },
            Self::UnknownCurrency => "unknown_currency",
            Self::AmountNotPositive => "amount_not_positive",
            Self::NotAnIban => "not_an_iban",
            Self::NotABic => "not_a_bic",
            Self::NotAProxy => "not_a_proxy",
            Self::NotABillReference => "not_a_bill_reference",
            Self::NotADate(_) => "not_a_date",
            Self::LastBeforeFirst => "last_before_first",
            Self::NotAUuid7 => "not_a_uuid7",
            Self::VoucherMissing => "voucher_missing",
            Self::VoucherNotAllowed => "voucher_not_allowed",
            Self::NotAfterOutOfRange => "not_after_out_of_range",
            Self::UnknownLocale => "unknown_locale",
            Self::UnknownTemplate => "unknown_template",
            Self::PayloadMisplaced => "payload_misplaced",
        }
    }
}

impl From<CborError> for OrderError {
    fn from(error: CborError) -> Self {
        Self::Parse(error.into())
    }
}
