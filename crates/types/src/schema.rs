//! The schemas of the vocabulary in the API document (OpenAPI 3.1; JSON Schema 2020-12). They say of each type what its
//! JSON form may be, as far as a schema can.

use crate::{BusinessDate, Currency, Money, Time};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

/// Gives a type its schema, with its documentation as the description.
macro_rules! described {
    ($name:ty, $doc:expr, $schema:expr) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let doc: &str = $doc;
                $schema.description(Some(doc.trim())).into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
pub(crate) use described;

fn of_type(json: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(json)
}

fn of_pattern(pattern: &str) -> ObjectBuilder {
    of_type(Type::String).pattern(Some(pattern))
}

/// The base64url of `bytes` bytes without padding. The spare bits of the last character are zero (RFC 4648, 3.5).
pub(crate) fn base64url(bytes: usize) -> ObjectBuilder {
    let characters = (bytes * 8).div_ceil(6);
    let last = match bytes % 3 {
        1 => "[AQgw]",
        2 => "[AEIMQUYcgkosw048]",
        _ => "[A-Za-z0-9_-]",
    };
    of_pattern(&format!("^[A-Za-z0-9_-]{{{}}}{last}$", characters - 1))
        .min_length(Some(characters))
        .max_length(Some(characters))
}

/// A text of 1 to `bytes_max` bytes without control characters.
pub(crate) fn text(bytes_max: usize) -> ObjectBuilder {
    of_pattern("^[^\\x00-\\x1F\\x7F-\\x9F]+$")
        .min_length(Some(1))
        .max_length(Some(bytes_max))
}

/// A UUIDv7 (RFC 9562) in lower case with hyphens.
pub(crate) fn uuid_v7() -> ObjectBuilder {
    of_pattern("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
}

/// A whole number within these bounds.
pub(crate) fn whole(from: i64, to: i64) -> ObjectBuilder {
    of_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(from))
        .maximum(Some(to))
}

described!(Time, "Milliseconds since 1970, UTC.", whole(0, i64::MAX));

described!(
    BusinessDate,
    "A day in the bank's books, without a time zone.",
    of_pattern("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
);

described!(
    Currency,
    "A currency's code: three capital letters (ISO 4217).",
    of_pattern("^[A-Z]{3}$")
);

described!(
    Money,
    "An amount in minor units of its currency. A currency has the decimals that ISO 4217 gives it.",
    of_type(Type::Object)
        .property("minor_units", whole(-Money::JSON_MAX, Money::JSON_MAX))
        .property("currency", <Currency as utoipa::PartialSchema>::schema())
        .required("minor_units")
        .required("currency")
        .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::<
            utoipa::openapi::Schema,
        >::FreeForm(false)))
);
