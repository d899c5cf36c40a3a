//! What a message centre reports of a message.

use rusmpp::pdus::DeliverSm;
use rusmpp::tlvs::TlvValue;
use rusmpp::values::{MessageState, MessageType};

/// A receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receipt {
    /// The message centre's name of the message.
    pub(super) reference: String,
    /// Whether it was delivered, if that is decided.
    pub(super) delivered: Option<bool>,
}

impl Receipt {
    /// The receipt in a `deliver_sm`, if it is one: in its parameters (SMPP 3.4, 5.3.2.12 and 5.3.2.35), or else in its text (appendix B).
    pub(super) fn of(delivered: &DeliverSm) -> Option<Self> {
        if delivered.esm_class.message_type != MessageType::ShortMessageContainsMCDeliveryReceipt {
            return None;
        }
        let mut receipt =
            Self::of_text(&String::from_utf8_lossy(delivered.short_message().as_ref()));
        for parameter in delivered.tlvs().iter().filter_map(|tlv| tlv.value()) {
            match parameter {
                TlvValue::ReceiptedMessageId(id) => {
                    let (id, decided) = (id.to_string(), receipt.take());
                    let delivered = decided.and_then(|receipt| receipt.delivered);
                    receipt = Some(Self {
                        reference: id,
                        delivered,
                    });
                }
                TlvValue::MessageState(state) => {
                    if let Some(receipt) = &mut receipt {
                        receipt.delivered = of_state(*state);
                    }
                }
                _ => {}
            }
        }
        receipt
    }

    /// `id:… sub:… dlvrd:… submit date:… done date:… stat:DELIVRD err:… text:…`
    fn of_text(text: &str) -> Option<Self> {
        let field = |name: &str| {
            let (_, rest) = text.split_once(name)?;
            rest.split([' ', '\0'])
                .next()
                .filter(|word| !word.is_empty())
        };
        let delivered = match field("stat:")? {
            "DELIVRD" => Some(true),
            "EXPIRED" | "DELETED" | "UNDELIV" | "REJECTD" => Some(false),
            _ => None,
        };
        let reference = field("id:")?.to_owned();
        Some(Self {
            reference,
            delivered,
        })
    }
}

fn of_state(state: MessageState) -> Option<bool> {
    match state {
        MessageState::Delivered => Some(true),
        MessageState::Expired
        | MessageState::Deleted
        | MessageState::Undeliverable
        | MessageState::Rejected => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_read_from_their_text() {
        let check = |stat: &str, delivered: Option<bool>| {
            let text = format!(
                "id:0123 sub:001 dlvrd:001 submit date:2612010101 done date:2612010101 stat:{stat} err:000 text:id:9"
            );
            let reference = "0123".to_owned();
            assert_eq!(
                Receipt::of_text(&text),
                Some(Receipt {
                    reference,
                    delivered
                })
            );
        };
        check("DELIVRD", Some(true));
        for failed in ["EXPIRED", "DELETED", "UNDELIV", "REJECTD"] {
            check(failed, Some(false));
        }
        for open in ["ENROUTE", "ACCEPTD", "UNKNOWN"] {
            check(open, None);
        }
        for none in ["", "hello", "id:1", "stat:DELIVRD", "id: stat:DELIVRD"] {
            assert_eq!(Receipt::of_text(none), None, "{none}");
        }
    }
}
