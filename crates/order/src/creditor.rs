//! Who gets the money, or what gets paid.

use crate::checking::{check_presence, check_text};
use crate::reading::{MapFields, map_of, text, word};
use crate::words::closed_words;
use crate::{Field, OrderError, iban};
use protocol::ParseError;
use protocol::cbor::{FromValue as _, Value};
use protocol::http::OrderCreditor;

closed_words!(
    /// How a creditor is identified.
    Scheme, OrderError::UnknownScheme, {
        /// An account at this bank.
        Account = "account",
        /// An account at another bank of the country.
        Domestic = "domestic",
        /// An account with an IBAN.
        Iban = "iban",
        /// An account abroad, at a bank with a BIC.
        Swift = "swift",
        /// A mobile number, national id or e-wallet that the country's proxy service resolves to an account.
        Proxy = "proxy",
        /// A biller, with the references that its bill has.
        Biller = "biller",
    }
);

/// The most references that a bill has.
pub const REFERENCES_MAX: usize = 3;

impl Scheme {
    const fn fields(self) -> (&'static [Field], &'static [Field]) {
        use Field::{Bank, Name, References};
        match self {
            Self::Account | Self::Proxy => (&[], &[Name]),
            Self::Domestic | Self::Swift => (&[Bank, Name], &[]),
            Self::Iban => (&[Name], &[Bank]),
            Self::Biller => (&[References], &[Name]),
        }
    }
}

/// The creditor of an order. Inside an [`Order`](crate::Order) it has passed [`check`](Self::check).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creditor {
    /// 0: how the creditor is identified.
    pub scheme: Scheme,
    /// 1: the account, IBAN, proxy, or the biller's id.
    pub identification: String,
    /// 2: the bank: a BIC, or the country's bank code.
    pub bank: Option<String>,
    /// 3: the creditor's name.
    pub name: Option<String>,
    /// 4: the biller's references, 1 to 3; empty for all other schemes.
    pub references: Vec<String>,
}

impl Creditor {
    /// Makes a creditor of a scheme with nothing but its identification.
    #[must_use]
    pub fn new(scheme: Scheme, identification: impl Into<String>) -> Self {
        Self {
            scheme,
            identification: identification.into(),
            bank: None,
            name: None,
            references: Vec::new(),
        }
    }

    /// Checks that the creditor has the fields of its scheme, each in its form.
    pub fn check(&self) -> Result<(), OrderError> {
        let (required, optional) = self.scheme.fields();
        let present = [
            (Field::Bank, self.bank.is_some()),
            (Field::Name, self.name.is_some()),
            (Field::References, !self.references.is_empty()),
        ];
        check_presence(&present, required, optional)?;
        self.check_identification()?;
        if let Some(bank) = &self.bank {
            check_text(Field::Bank, bank)?;
            if self.scheme == Scheme::Swift && !is_bic(bank) {
                return Err(OrderError::NotABic);
            }
        }
        if let Some(name) = &self.name {
            check_text(Field::Name, name)?;
        }
        if self.references.len() > REFERENCES_MAX {
            return Err(references_out_of_range());
        }
        if self.references.iter().all(|text| is_bill_reference(text)) {
            Ok(())
        } else {
            Err(OrderError::NotABillReference)
        }
    }

    /// Checks that the identification has the form of its scheme; of the other fields nothing. Errors:
    /// [`NotAnIban`](OrderError::NotAnIban), [`NotAProxy`](OrderError::NotAProxy), or for the other schemes that of a text
    /// that is empty, is too long, or breaks the rules of [`types::text`].
    pub fn check_identification(&self) -> Result<(), OrderError> {
        let identification = self.identification.as_str();
        match self.scheme {
            Scheme::Account | Scheme::Domestic | Scheme::Swift | Scheme::Biller => {
                check_text(Field::Identification, identification)
            }
            Scheme::Iban if iban::is_iban(identification) => Ok(()),
            Scheme::Iban => Err(OrderError::NotAnIban),
            Scheme::Proxy if is_proxy(identification) => Ok(()),
            Scheme::Proxy => Err(OrderError::NotAProxy),
        }
    }

    /// Reads a creditor and checks it.
    pub fn from_value(value: Value) -> Result<Self, OrderError> {
        let mut fields = MapFields::of(value)?;
        let creditor = Self {
            scheme: fields.required(Field::Scheme, word)?,
            identification: fields.required(Field::Identification, text)?,
            bank: fields.optional(Field::Bank, text)?,
            name: fields.optional(Field::Name, text)?,
            references: fields
                .optional(Field::References, references)?
                .unwrap_or_default(),
        };
        fields.end()?;
        creditor.check()?;
        Ok(creditor)
    }

    /// The creditor as a CBOR map.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let texts = self.references.iter().map(|text| text.as_str().into());
        let references =
            (!self.references.is_empty()).then(|| Value::Array(texts.collect::<Vec<_>>()));
        map_of([
            (Field::Scheme, Some(self.scheme.as_str().into())),
            (
                Field::Identification,
                Some(self.identification.as_str().into()),
            ),
            (Field::Bank, self.bank.as_deref().map(Value::from)),
            (Field::Name, self.name.as_deref().map(Value::from)),
            (Field::References, references),
        ])
    }
}

impl From<Creditor> for OrderCreditor {
    fn from(creditor: Creditor) -> Self {
        Self {
            scheme: creditor.scheme.as_str().to_owned(),
            identification: creditor.identification,
            bank: creditor.bank,
            name: creditor.name,
            references: creditor.references,
        }
    }
}

impl TryFrom<OrderCreditor> for Creditor {
    type Error = OrderError;

    /// Refuses an unknown scheme, and checks nothing else: an order does, and a payee check may know less of a creditor.
    fn try_from(creditor: OrderCreditor) -> Result<Self, OrderError> {
        Ok(Self {
            scheme: creditor.scheme.parse()?,
            identification: creditor.identification,
            bank: creditor.bank,
            name: creditor.name,
            references: creditor.references,
        })
    }
}

fn references(value: Value) -> Result<Vec<String>, OrderError> {
    let values = Vec::<Value>::from_value(value)?;
    if values.is_empty() {
        return Err(references_out_of_range());
    }
    values.into_iter().map(text).collect()
}

fn references_out_of_range() -> OrderError {
    ParseError::WrongShape("a biller's references are 1 to 3").into()
}

fn is_bill_reference(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_proxy(text: &str) -> bool {
    let digits = ["mobile:", "national:", "ewallet:"]
        .into_iter()
        .find_map(|prefix| text.strip_prefix(prefix));
    digits.is_some_and(|digits| {
        (4..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether the text has the form of a BIC (ISO 9362:2014): 4 letters or digits for the party, 2 letters for the
/// country, 2 letters or digits for the party's suffix, and 3 for a branch or none.
fn is_bic(text: &str) -> bool {
    let is_of_bic = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    matches!(text.len(), 8 | 11)
        && text.bytes().all(is_of_bic)
        && text
            .bytes()
            .skip(4)
            .take(2)
            .all(|byte| byte.is_ascii_uppercase())
}
