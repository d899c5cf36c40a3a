//! The acceptance vectors of orders, by an independent implementation; `fixtures/README.md` describes them.

use crate::accept::{array, bytes, number, text, vectors_of};
use envelope::TrustList;
use order::{Credential, Order, RelyingParty, SignedIntent};
use protocol::http::{SignedBodyError, SignedOrder};
use serde_json::Value as Json;
use std::sync::LazyLock;
use types::{CustomerId, DeviceForm, Money, PublicKey, Time, hex};

/// The file of the vectors.
pub(crate) static VECTORS: LazyLock<Json> = LazyLock::new(|| vectors_of("orders.json"));

/// A group of the vectors, which must not be empty.
pub(crate) fn group(name: &str) -> &'static [Json] {
    let group = array(&VECTORS[name]);
    assert!(!group.is_empty(), "the group {name} is empty");
    group
}

/// The negative cases of an operation.
pub(crate) fn negative(operation: &str) -> Vec<&'static Json> {
    let of_operation = |case: &&Json| case["operation"] == operation;
    let cases: Vec<_> = group("negative").iter().filter(of_operation).collect();
    assert!(!cases.is_empty(), "no negative case of {operation}");
    cases
}

/// Compares the reason of each refusal with the case's, and lists all that differ.
pub(crate) fn assert_reasons<'a>(refusals: impl Iterator<Item = (&'a Json, Option<String>)>) {
    let differs = |(case, refusal): (&Json, Option<String>)| {
        let expected = case["reason"].as_str();
        let what = case.get("name").unwrap_or(&case["what"]);
        (refusal.as_deref() != expected).then(|| format!("{what}: {refusal:?}, not {expected:?}"))
    };
    let wrong: Vec<_> = refusals.filter_map(differs).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

pub(crate) fn trust() -> TrustList {
    let list = &VECTORS["trust_list"];
    let roots: Vec<_> = array(&list["roots"]).iter().map(key).collect();
    TrustList::stored(&bytes(&list["bytes"]), &roots).unwrap()
}

pub(crate) fn key(json: &Json) -> PublicKey {
    PublicKey::try_from(bytes(json).as_slice()).unwrap()
}

pub(crate) fn time(json: &Json) -> Time {
    Time::from_ms(number(json))
}

pub(crate) fn money(json: &Json) -> Money {
    Money::new(json[0].as_i64().unwrap(), text(&json[1]).parse().unwrap())
}

pub(crate) fn order(json: &Json) -> Order {
    Order::parse(&bytes(json)).unwrap_or_else(|error| panic!("{json}: {error}"))
}

pub(crate) fn relying_party() -> RelyingParty {
    let about = &VECTORS["about"];
    RelyingParty {
        id: text(&about["relying_party"]).to_owned(),
        origin: text(&about["origin"]).to_owned(),
    }
}

/// What was posted.
pub(crate) fn posted(request: &Json) -> Result<SignedIntent, SignedBodyError> {
    let body = serde_json::to_vec(request).unwrap();
    Ok(SignedOrder::from_json(&body)?.into())
}

/// What gateway knows in a case: the world, but for the members that differ.
pub(crate) struct World<'a> {
    differs: &'a Json,
}

impl<'a> World<'a> {
    pub(crate) fn of(input: &'a Json) -> Self {
        Self {
            differs: &input["world"],
        }
    }

    pub(crate) fn member(&self, name: &str) -> &Json {
        self.differs
            .get(name)
            .unwrap_or_else(|| &VECTORS["world"][name])
    }

    pub(crate) fn customer(&self) -> CustomerId {
        text(&self.member("token")["customer"]).parse().unwrap()
    }

    /// Form, session key and approval key of the token's device.
    pub(crate) fn device(&self) -> (DeviceForm, PublicKey, PublicKey) {
        let device = &self.member("devices")[text(&self.member("token")["device"])];
        let form = text(&device["form"]).parse().unwrap();
        (form, key(&device["session"]), key(&device["approval"]))
    }

    pub(crate) fn credential(&self, id: &[u8]) -> Option<Credential> {
        let credential = self.member("credentials").get(hex::encode(id))?;
        Some(Credential {
            customer: text(&credential["customer"]).parse().unwrap(),
            key: bytes(&credential["key"]),
            backup_eligible: credential["backup_eligible"].as_bool().unwrap(),
        })
    }
}
