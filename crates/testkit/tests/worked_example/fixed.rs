//! The fixed values of the example. Every secret is SHA-256 of a label, as `fixtures/README.md` describes.

use envelope::{
    AccountState, ActivationCode, GrantTerms, History, Item, Purpose, Signer as _, SoftwareKey,
    TrustedKey,
};
use protocol::{Booking, Entry};
use types::{
    AccountId, AccountKind, BalanceType, Balances, ChannelId, CustomerId, DeviceId, Generation,
    Hash, Incarnation, KeyEpoch, MessageKey, Money, Nonce, Number, PublicKey, Role, Sequence, Time,
};

pub(crate) const FROM: Time = Time::from_ms(1_790_000_000_000);
pub(crate) const ENROLLED: Time = Time::from_ms(1_790_000_100_000);
pub(crate) const BOOKED: Time = Time::from_ms(1_790_000_160_000);
pub(crate) const PULLED: Time = Time::from_ms(1_790_000_161_000);
pub(crate) const UNTIL: Time = Time::from_ms(1_797_000_000_000);
pub(crate) const CHANNEL: ChannelId = ChannelId::new([0xc1; 16]);
pub(crate) const NONCE: Nonce = Nonce::new([0x41; 16]);
pub(crate) const INCARNATION: Incarnation = Incarnation::new([0x1c; 16]);
pub(crate) const EPOCH: KeyEpoch = KeyEpoch::FIRST;
pub(crate) const URL: &str = "https://bank.example";
pub(crate) const AUDIENCE: &str = "passbook";
/// The activation code as printed, and as a person might type it.
pub(crate) const PRINTED: &str = "7K3M9QX2VB5TZD1H";
pub(crate) const TYPED: &str = "7k3m-9qx2-vb5t-zdlh";

pub(crate) fn secret(name: &str) -> [u8; 32] {
    *Hash::of(format!("passbook fixtures: {name}").as_bytes()).as_bytes()
}

pub(crate) fn key(name: &str) -> SoftwareKey {
    SoftwareKey::from_bytes(&secret(name)).unwrap()
}

pub(crate) fn public(name: &str) -> PublicKey {
    *key(name).public_key()
}

pub(crate) fn message_key() -> MessageKey {
    MessageKey::new(secret("message key 1"))
}

pub(crate) fn code() -> ActivationCode {
    TYPED.parse().unwrap()
}

pub(crate) fn customer() -> CustomerId {
    "692".parse().unwrap()
}

pub(crate) fn device() -> DeviceId {
    DeviceId::at(FROM, [0xd1; 10])
}

fn account() -> AccountId {
    "576".parse().unwrap()
}

pub(crate) fn listed() -> Vec<TrustedKey> {
    let purposes = [
        Purpose::Head,
        Purpose::Grant,
        Purpose::Announcement,
        Purpose::Device,
        Purpose::Voucher,
    ];
    let row = |purpose: Purpose| TrustedKey {
        key: public(purpose.as_str()),
        purpose,
        from: FROM,
        until: UNTIL,
    };
    purposes.map(row).into()
}

pub(crate) fn terms() -> GrantTerms {
    GrantTerms {
        channel: CHANNEL,
        generation: Generation::FIRST,
        device: device(),
        agreement: public("agreement").thumbprint(),
        epoch: EPOCH,
        first_number: Number::ZERO.next(),
        time: ENROLLED,
    }
}

fn balance(minor_units: i64) -> Balances {
    let money = Money::new(minor_units, "CZK".parse().unwrap());
    Balances::from([(BalanceType::Booked, money)])
}

/// The customer's items at enrolment: one account without transactions.
pub(crate) fn items() -> [Item; 2] {
    let state = AccountState {
        kind: AccountKind::Current,
        role: Role::Owner,
        name: "Household".to_owned(),
        currency: "CZK".parse().unwrap(),
        balances: balance(0),
    };
    let sequence = Sequence::new(2).unwrap();
    [
        Item::customer(&customer(), Sequence::ZERO),
        Item::account(&account(), sequence, state, History::none()),
    ]
}

/// The entry of message 1.
pub(crate) fn device_added() -> Entry {
    Entry::device_added("worked example 1".parse().unwrap(), ENROLLED, device())
}

/// The entry of message 2, after the account was opened and its holder added.
pub(crate) fn booked() -> Entry {
    let booking = Booking {
        transaction: "171812".parse().unwrap(),
        number: 1,
        date: "2026-09-21".parse().unwrap(),
        amount: Money::new(90_000, "CZK".parse().unwrap()),
        operation: "cash_deposit".to_owned(),
        purpose: None,
        counterparty_bank: None,
        counterparty_account: None,
        order: None,
        bank_reference: None,
    };
    Entry::booked(
        "worked example 2".parse().unwrap(),
        account(),
        Sequence::new(3).unwrap(),
        BOOKED,
        booking,
        balance(90_000),
    )
}
