//! The parts of an SMS.

use super::parts::Parts;
use crate::address::Mobile;
use crate::carriers::{NotSent, SetupError};
use crate::queue::MessageId;
use rusmpp::pdus::SubmitSm;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{EsmClass, Npi, RegisteredDelivery, Ton};
use std::str::FromStr;

/// Asks for a receipt when a message was delivered, or will not be (SMPP 3.4, 5.2.17).
const RECEIPT: u8 = 1;

/// What people see as the sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sender {
    ton: Ton,
    npi: Npi,
    address: COctetString<1, 21>,
}

impl FromStr for Sender {
    type Err = SetupError;
    fn from_str(from: &str) -> Result<Self, SetupError> {
        let problem = "a number with `+`, or at most 11 letters, digits and spaces";
        let wrong = || SetupError::new("from", problem);
        let (ton, npi, address) = match from.parse::<Mobile>() {
            Ok(mobile) => (Ton::International, Npi::Isdn, mobile.digits().to_owned()),
            Err(_) => {
                let is_name = (1..=11).contains(&from.len())
                    && from
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b' ');
                if !is_name {
                    return Err(wrong());
                }
                (Ton::Alphanumeric, Npi::Unknown, from.to_owned())
            }
        };
        let address = COctetString::from_str(&address).map_err(|_| wrong())?;
        Ok(Self { ton, npi, address })
    }
}

impl Sender {
    /// The parts, always the same for the same message. Several have a header with their number (3GPP TS 23.040, 9.2.3.24.1). The last one asks for a
    /// receipt.
    pub(super) fn parts(
        &self,
        id: MessageId,
        to: &Mobile,
        text: &str,
    ) -> Result<Vec<SubmitSm>, NotSent> {
        let to = COctetString::from_str(to.digits()).map_err(NotSent::never)?;
        let message = SubmitSm::builder()
            .source_addr_ton(self.ton)
            .source_addr_npi(self.npi)
            .source_addr(self.address.clone())
            .dest_addr_ton(Ton::International)
            .dest_addr_npi(Npi::Isdn)
            .destination_addr(to)
            // The library's default has the bit of an acknowledgement.
            .esm_class(EsmClass::from(0))
            .build();
        let Parts { coding, parts } = Parts::of(text);
        let count = u8::try_from(parts.len()).map_err(NotSent::never)?;
        let [reference, ..] = *id.as_bytes();
        let part = |(number, octets): (u8, Vec<u8>)| {
            let header = [5, 0, 3, reference, count, number];
            let message = message.clone().with_data_coding(coding);
            let (message, octets) = match count {
                1 => (message, octets),
                _ => (
                    message.with_udhi_indicator(),
                    [&header, &octets[..]].concat(),
                ),
            };
            OctetString::from_vec(octets).map(|octets| message.with_short_message(octets))
        };
        let parts: Result<Vec<_>, _> = (1..=count).zip(parts).map(part).collect();
        let mut parts = parts.map_err(NotSent::never)?;
        if let Some(last) = parts.last_mut() {
            last.registered_delivery = RegisteredDelivery::from(RECEIPT);
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<SubmitSm> {
        let sender: Sender = "The Bank".parse().unwrap();
        let to = "+66812345678".parse().unwrap();
        sender.parts(MessageId::new([7; 16]), &to, text).unwrap()
    }

    #[test]
    fn parts_have_one_reference_and_the_last_asks_for_a_receipt() {
        let parts = parts(&"ก".repeat(100));
        let headers: Vec<_> = parts
            .iter()
            .map(|part| part.short_message().as_ref()[..6].to_vec())
            .collect();
        assert_eq!(headers, [[5, 0, 3, 7, 2, 1], [5, 0, 3, 7, 2, 2]]);
        assert!(parts.iter().all(|part| u8::from(part.esm_class) == 0x40));
        let [whole] = &super::tests::parts("ก")[..] else {
            panic!("one part");
        };
        assert_eq!(
            (u8::from(whole.esm_class), u8::from(whole.data_coding)),
            (0, 8)
        );
        assert_eq!(whole.short_message().as_ref(), [0x0e, 0x01]);
        let asks: Vec<_> = parts
            .iter()
            .map(|part| u8::from(part.registered_delivery))
            .collect();
        assert_eq!(asks, [0, RECEIPT]);
    }

    #[test]
    fn a_sender_is_a_number_or_a_short_name() {
        for good in ["+420123456789", "The Bank", "12345"] {
            good.parse::<Sender>().unwrap();
        }
        for wrong in ["", "The Bank of Us", "ธนาคาร", "a-b"] {
            assert_eq!(wrong.parse::<Sender>().unwrap_err().setting, "from");
        }
    }
}
