//! The intent: an order as one customer's device signs it.

use crate::reading::{text, word};
use crate::{Locale, Order, OrderError, TEMPLATE, shown_text};
use protocol::cbor::{self, Fields, Value};
use protocol::{ParseError, cbor_array};
use types::{ChannelId, CustomerId, DeviceId, Hash, IntentId, Time, VoucherId};

const PURPOSE: &str = "passbook intent";
const VERSION: u64 = 1;

/// How long an intent is good for at most: 72 hours.
pub const NOT_AFTER_MS_MAX: u64 = 72 * 60 * 60 * 1000;

/// How far an intent's time may be ahead of gateway's clock: 10 minutes.
pub const CREATED_AHEAD_MS_MAX: u64 = 10 * 60 * 1000;

/// An order as a device signs it: who orders what, under which id, for how long, and which text the person approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The id. The device makes and persists it before it sends anything. With the customer it is the idempotency key.
    pub intent: IntentId,
    /// The customer who orders.
    pub customer: CustomerId,
    /// The customer's channel.
    pub channel: ChannelId,
    /// The device that signs.
    pub device: DeviceId,
    /// The voucher that the order spends. Orders that have a target have none.
    pub voucher: Option<VoucherId>,
    /// The order.
    pub order: Order,
    /// When the intent was made, by the device's clock.
    pub created: Time,
    /// The last millisecond at which gateway accepts the intent.
    pub not_after: Time,
    /// The language of the shown text.
    pub locale: Locale,
    /// SHA-256 of the shown text in UTF-8.
    pub shown: Hash,
}

/// Who orders, and from where: as the device's channel token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orderer {
    /// The customer.
    pub customer: CustomerId,
    /// The customer's channel.
    pub channel: ChannelId,
    /// The customer's device.
    pub device: DeviceId,
}

impl Intent {
    /// Makes an intent that is good from `created` until `not_after`, with the hash of the text that the order has in
    /// this locale.
    pub fn new(
        intent: IntentId,
        orderer: Orderer,
        order: Order,
        voucher: Option<VoucherId>,
        (created, not_after): (Time, Time),
        locale: Locale,
    ) -> Result<Self, OrderError> {
        let intent = Self {
            intent,
            customer: orderer.customer,
            channel: orderer.channel,
            device: orderer.device,
            voucher,
            shown: Hash::of(shown_text(&order, locale).as_bytes()),
            order,
            created,
            not_after,
            locale,
        };
        intent.check()?;
        Ok(intent)
    }

    /// Parses an intent and checks everything that can be seen in it alone. The hash of the shown text is not compared:
    /// [`text_matches`](Self::text_matches) does.
    pub fn parse(bytes: &[u8]) -> Result<Self, OrderError> {
        let mut fields = Fields::of_statement(bytes, PURPOSE, VERSION)?;
        let id = text(fields.take()?)?;
        let intent = Self {
            intent: id.parse().map_err(|_| OrderError::NotAUuid7)?,
            customer: fields.take()?,
            channel: fields.take()?,
            device: fields.take()?,
            voucher: fields.take()?,
            order: Order::from_value(fields.take()?)?,
            created: fields.take()?,
            not_after: fields.take()?,
            locale: word(fields.take()?)?,
            shown: {
                template(fields.take()?)?;
                fields.take()?
            },
        };
        fields.end()?;
        intent.check()?;
        Ok(intent)
    }

    /// The bytes that the device signs.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(&cbor_array![
            PURPOSE,
            VERSION,
            self.intent,
            &self.customer,
            self.channel,
            self.device,
            self.voucher,
            self.order.to_value(),
            self.created,
            self.not_after,
            self.locale.as_str(),
            TEMPLATE,
            self.shown,
        ])
    }

    /// SHA-256 of the intent's bytes, by which a repeated id is recognised.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.encode())
    }

    /// Whether the hash is that of the text that this version shows for the order.
    #[must_use]
    pub fn text_matches(&self) -> bool {
        self.shown == Hash::of(shown_text(&self.order, self.locale).as_bytes())
    }

    fn check(&self) -> Result<(), OrderError> {
        match (self.order.kind().has_target(), self.voucher) {
            (false, None) => return Err(OrderError::VoucherMissing),
            (true, Some(_)) => return Err(OrderError::VoucherNotAllowed),
            _ => {}
        }
        let latest = self.created.plus_ms(NOT_AFTER_MS_MAX);
        if self.not_after <= self.created || self.not_after > latest {
            return Err(OrderError::NotAfterOutOfRange);
        }
        Ok(())
    }
}

/// Checks that this version knows the template of a shown text.
pub fn check_template(template: u64) -> Result<(), OrderError> {
    if template == TEMPLATE {
        Ok(())
    } else {
        Err(OrderError::UnknownTemplate)
    }
}

fn template(value: Value) -> Result<(), OrderError> {
    let template = value.as_u64();
    check_template(template.ok_or(ParseError::WrongShape("a template is an integer"))?)
}
