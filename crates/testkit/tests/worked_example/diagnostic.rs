//! CBOR as text: the diagnostic notation of RFC 8949, 8.

use protocol::cbor::{Key, Value, decode};
use types::hex;

const WIDTH: usize = 100;

/// The notation of these bytes. An array or map that is too long for a line has one element per line.
pub(crate) fn diagnostic(bytes: &[u8]) -> String {
    lines(&decode(bytes).unwrap(), 0)
}

fn lines(value: &Value, indent: usize) -> String {
    let line = elements(value, ", ", |element| lines(element, usize::MAX / 2));
    if line.len() <= WIDTH || indent > WIDTH {
        return line;
    }
    let before = format!("\n{}", " ".repeat(indent + 2));
    let between = format!(",{before}");
    let inner = elements(value, &between, |element| lines(element, indent + 2));
    match value {
        Value::Array(_) | Value::Map(_) => {
            let (open, inner) = inner.split_at(1);
            let (inner, close) = inner.split_at(inner.len() - 1);
            format!("{open}{before}{inner}\n{}{close}", " ".repeat(indent))
        }
        _ => line,
    }
}

fn elements(value: &Value, between: &str, element: impl Fn(&Value) -> String) -> String {
    match value {
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(element).collect();
            format!("[{}]", values.join(between))
        }
        Value::Map(map) => {
            let pairs = map.iter();
            let pairs: Vec<_> = pairs
                .map(|(key, value)| format!("{}: {}", self::key(key), element(value)))
                .collect();
            format!("{{{}}}", pairs.join(between))
        }
        Value::Bytes(bytes) => format!("h'{}'", hex::encode(bytes)),
        Value::Text(text) => format!("{text:?}"),
        Value::Unsigned(value) => value.to_string(),
        Value::Negative(value) => (-1 - i128::from(*value)).to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Null => "null".to_owned(),
    }
}

fn key(key: &Key) -> String {
    match key {
        Key::Unsigned(value) => value.to_string(),
        Key::Negative(value) => (-1 - i128::from(*value)).to_string(),
        Key::Bytes(bytes) => format!("h'{}'", hex::encode(bytes)),
        Key::Text(text) => format!("{text:?}"),
    }
}
