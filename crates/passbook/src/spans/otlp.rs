//! Spans as a request of OTLP/HTTP in JSON (OpenTelemetry Protocol Specification 1.9, "OTLP/HTTP", "JSON Protobuf
//! Encoding": ids in hex, 64-bit numbers as text).

use super::traces::{MessageId, TraceId};
use serde_json::{Value, json};
use types::hex;

/// The name of the root of every trace.
const ROOT: &str = "commit";

/// `SPAN_KIND_INTERNAL`.
const INTERNAL: u8 = 1;

/// A span that has ended.
#[derive(Debug, Clone)]
pub(crate) struct Finished {
    pub(crate) name: &'static str,
    pub(crate) trace: TraceId,
    /// Nanoseconds since 1970.
    pub(crate) start_ns: u64,
    pub(crate) end_ns: u64,
    pub(crate) message: Option<MessageId>,
    pub(crate) sequence: Option<u64>,
    /// How many spans were dropped before it, in all.
    pub(crate) dropped_before: u64,
}

/// The request that exports `spans`. `made` gives ids to the spans that are no roots.
pub(crate) fn request(spans: &[Finished], mut made: impl FnMut() -> [u8; 8]) -> Value {
    let spans: Vec<Value> = spans.iter().map(|of| span(of, &mut made)).collect();
    json!({
        "resourceSpans": [{
            "resource": { "attributes": [text("service.name", "passbook")] },
            "scopeSpans": [{ "scope": { "name": "passbook" }, "spans": spans }],
        }],
    })
}

fn span(of: &Finished, made: &mut impl FnMut() -> [u8; 8]) -> Value {
    let root = hex::encode(&of.trace.root);
    let (id, parent) = if of.name == ROOT {
        (root, String::new())
    } else {
        (hex::encode(&made()), root)
    };
    let message = of.message.iter().flat_map(|message| {
        [
            text("passbook.channel", &message.channel),
            number("passbook.generation", message.generation),
            number("passbook.number", message.number),
        ]
    });
    let sequence = of
        .sequence
        .map(|sequence| number("passbook.sequence", sequence));
    let attributes: Vec<Value> = sequence.into_iter().chain(message).collect();
    json!({
        "traceId": hex::encode(&of.trace.trace),
        "spanId": id,
        "parentSpanId": parent,
        "name": of.name,
        "kind": INTERNAL,
        "startTimeUnixNano": of.start_ns.to_string(),
        "endTimeUnixNano": of.end_ns.to_string(),
        "attributes": attributes,
    })
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn number(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_what_the_specification_says() {
        let trace = TraceId {
            trace: [0x5b; 16],
            root: [0xee; 8],
        };
        let root = Finished {
            name: ROOT,
            trace,
            start_ns: 1_790_000_000_000_000_001,
            end_ns: 1_790_000_000_000_000_002,
            message: None,
            sequence: Some(7),
            dropped_before: 0,
        };
        let send = Finished {
            name: "send",
            sequence: None,
            message: Some(MessageId {
                channel: "0a".into(),
                generation: 1,
                number: 9,
            }),
            ..root.clone()
        };
        let attribute =
            |key: &str, kind: &str, value: &str| json!({ "key": key, "value": { kind: value } });
        let span = |id: &str, parent: &str, name: &str, attributes: Value| {
            json!({
                "traceId": "5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b",
                "spanId": id,
                "parentSpanId": parent,
                "name": name,
                "kind": 1,
                "startTimeUnixNano": "1790000000000000001",
                "endTimeUnixNano": "1790000000000000002",
                "attributes": attributes,
            })
        };
        let number = json!([
            attribute("passbook.channel", "stringValue", "0a"),
            attribute("passbook.generation", "intValue", "1"),
            attribute("passbook.number", "intValue", "9"),
        ]);
        let sequence = json!([attribute("passbook.sequence", "intValue", "7")]);
        let expected = json!({
            "resourceSpans": [{
                "resource": { "attributes": [attribute("service.name", "stringValue", "passbook")] },
                "scopeSpans": [{
                    "scope": { "name": "passbook" },
                    "spans": [
                        span("eeeeeeeeeeeeeeee", "", "commit", sequence),
                        span("0101010101010101", "eeeeeeeeeeeeeeee", "send", number),
                    ],
                }],
            }],
        });
        assert_eq!(request(&[root, send], || [1; 8]), expected);
    }
}
