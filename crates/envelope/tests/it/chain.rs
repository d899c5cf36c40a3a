//! Devices notice a broker that withholds, reorders, replays, duplicates, alters or invents messages.

use crate::bank::{Bank, FROM};
use bytes::Bytes;
use envelope::{ChainError, Head, Signer as _, verify_backwards, verify_forwards};
use proptest::prelude::*;
use protocol::{Body, ChannelKind, Message, MessageKind};
use types::{ChannelId, Generation, Hash};

fn start() -> Head {
    Head::start(ChannelId::new([9; 16]), Generation::FIRST)
}

/// Makes `count` messages of one channel, each with the bank's signature.
fn messages(bank: &Bank, count: u64) -> Vec<Message> {
    let mut head = start();
    (1..=count)
        .map(|number| {
            let mut message = Message {
                number: head.number.next(),
                kind: if number % 5 == 0 {
                    MessageKind::Rekey
                } else {
                    MessageKind::Entry
                },
                time: FROM.plus_ms(number / 2),
                expires: None,
                body: Body::Bytes(format!("body {number}").into_bytes().into()),
                signature: Bytes::new(),
            };
            head = head.after(&message);
            message.signature = head.sign(&bank.head).unwrap().into();
            message
        })
        .collect()
}

fn forwards(bank: &Bank, held: &Head, messages: &[Message]) -> Result<Head, ChainError> {
    verify_forwards(held, ChannelKind::Customer, messages, &bank.trust).map(|run| run.head)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However the run is split into overlapping pages, every message is new once and the head is the same.
    #[test]
    fn pages_that_overlap_give_each_message_once(
        count in 1..24_u64,
        cuts in prop::collection::vec((0..24_usize, 1..24_usize), 1..8),
    ) {
        let bank = Bank::new();
        let all = messages(&bank, count);
        let whole = forwards(&bank, &start(), &all).unwrap();
        let (mut head, mut seen) = (start(), Vec::new());
        let rest = [(0, all.len())];
        for (from, length) in cuts.into_iter().chain(rest) {
            let page: Vec<_> = all.iter().skip(from).take(length).cloned().collect();
            let known = usize::try_from(head.number.get()).unwrap();
            let run = verify_forwards(&head, ChannelKind::Customer, &page, &bank.trust);
            if page.is_empty() || from <= known {
                let run = run.unwrap();
                head = run.head;
                seen.extend(run.new.iter().map(|message| message.number.get()));
            } else {
                prop_assert_eq!(run.err(), Some(ChainError::NumberNotNext));
            }
        }
        prop_assert_eq!(head, whole);
        prop_assert_eq!(seen, (1..=count).collect::<Vec<_>>());
    }

    /// Any one change to the bank's messages is refused, forwards and backwards.
    #[test]
    fn one_change_anywhere_is_refused(count in 2..12_u64, at in any::<prop::sample::Index>(), change in 0..7) {
        let bank = Bank::new();
        let honest = messages(&bank, count);
        let end = forwards(&bank, &start(), &honest).unwrap();
        let mut forged = honest.clone();
        let at = at.index(forged.len());
        let last = forged.len() - 1;
        match change {
            0 => drop(forged.remove(at.min(last - 1))),
            1 => forged.swap(at.min(last - 1), at.min(last - 1) + 1),
            2 => forged[at].body = Body::Bytes(Bytes::from_static(b"invented")),
            3 => forged[at].time = forged[at].time.plus_ms(1_000_000),
            4 => forged[at].body = Body::Hole(forged[at].body.hash()),
            5 => forged.insert(at, honest[at].clone()),
            _ => forged[at].expires = Some(FROM),
        }
        prop_assert!(forwards(&bank, &start(), &forged).is_err());
        let backwards = verify_backwards(&end, start().hash, ChannelKind::Customer, &forged);
        prop_assert!(backwards.is_err());
    }
}

#[test]
fn an_older_page_proves_the_hash_before_it() {
    let bank = Bank::new();
    let all = messages(&bank, 9);
    let end = forwards(&bank, &start(), &all).unwrap();
    let middle = forwards(&bank, &start(), &all[..4]).unwrap();
    let customer = ChannelKind::Customer;
    assert_eq!(
        verify_backwards(&end, middle.hash, customer, &all[4..]),
        Ok((middle.number, middle.hash))
    );
    assert_eq!(
        verify_backwards(&middle, start().hash, customer, &all[..4]),
        Ok((start().number, start().hash))
    );
    assert_eq!(
        verify_backwards(&end, Hash::ZERO, customer, &all[4..]),
        Err(ChainError::ChainBroken)
    );
    assert_eq!(
        verify_backwards(&end, end.hash, customer, &[]),
        Err(ChainError::NumberNotNext)
    );
    assert_eq!(
        verify_backwards(&end, middle.hash, customer, &all[4..8]),
        Err(ChainError::NumberNotNext)
    );
}

#[test]
fn a_chain_continued_with_stolen_keys_is_refused() {
    let bank = Bank::new();
    let all = messages(&bank, 3);
    let head = forwards(&bank, &start(), &all).unwrap();
    let mut message = all[2].clone();
    message.number = head.number.next();
    let forged = head.after(&message);
    // A signature by a listed key of another purpose or by the device's own keys is refused.
    for (signer, reason) in [
        (&bank.grant, "key_of_another_purpose"),
        (&bank.announcement, "key_of_another_purpose"),
        (&bank.root, "unknown_key"),
    ] {
        message.signature = forged.sign(signer).unwrap().into();
        let refused = forwards(&bank, &head, std::slice::from_ref(&message)).unwrap_err();
        assert_eq!(refused.reason(), reason, "{:?}", signer.public_key().kid());
    }
    message.signature = all[2].signature.clone();
    assert_eq!(
        forwards(&bank, &head, &[message]).unwrap_err().reason(),
        "signature_invalid"
    );
}
