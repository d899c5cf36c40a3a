//! The acceptance vectors of judged entries.

use super::*;
use crate::accept::{array, bytes, number, text, vectors_of};
use envelope::{Item, ItemState, Section, read_page, read_part};
use protocol::cbor::{self, FromValue as _, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use types::{Balances, Generation, Number};

fn outcome(word: &str) -> Outcome {
    match word {
        "contained" => Outcome::Contained,
        "projected" => Outcome::Projected,
        "withdrawn" => Outcome::Withdrawn,
        "past" => Outcome::Past,
        "kept" => Outcome::Kept,
        word => panic!("{word}"),
    }
}

/// The fields of the array that the Sign1 of a snapshot embeds.
fn snapshot(sign1: &Json) -> (Position, Vec<u8>) {
    let sign1 = Vec::<Value>::from_value(cbor::decode(&bytes(sign1)).unwrap()).unwrap();
    let fields = cbor::decode(sign1[2].as_bytes().unwrap()).unwrap();
    let fields = fields.as_array().unwrap();
    let generation = Generation::new(fields[3].as_u64().unwrap()).unwrap();
    let number = Number::new(fields[4].as_u64().unwrap()).unwrap();
    (
        Position::new(generation, number),
        fields[6].as_bytes().unwrap().to_vec(),
    )
}

struct Case {
    at: Position,
    same_books: bool,
    items: Vec<Item>,
    in_pages: BTreeSet<String>,
}

impl Case {
    fn read(case: &Json) -> Self {
        let (at, incarnation) = snapshot(&case["snapshot"]);
        let before = &case["before"]["incarnation"];
        let parts = array(&case["parts"]).iter();
        let items = parts.flat_map(|part| read_part(&bytes(part)).unwrap());
        let pages = case["pages"].as_object().unwrap().iter();
        let in_pages = pages.flat_map(|(account, pages)| {
            let mut last = 0;
            let mut ids = Vec::new();
            for page in array(pages) {
                let entries = read_page(account, Some(last), &bytes(page)).unwrap();
                last += u64::try_from(entries.len()).unwrap();
                ids.extend(entries.into_iter().map(|entry| entry.id.to_string()));
            }
            ids
        });
        Self {
            at,
            same_books: !before.is_null() && bytes(before) == incarnation,
            items: items.collect(),
            in_pages: in_pages.collect(),
        }
    }

    /// The sequence of the item that contains the events of a subject.
    fn sequence(&self, subject: &str) -> Option<Sequence> {
        let (section, id) = subject.split_once(':').unwrap();
        let section = Section::of(section).unwrap();
        let of = |item: &&Item| item.place() == (section, id);
        self.items.iter().find(of).map(|item| item.sequence)
    }

    fn judge(&self, row: &Json) -> Result<Outcome, ItemsBehind> {
        let entry = Entry::parse(&bytes(&row["entry"])).unwrap();
        let at = row["generation"].as_u64().map(|generation| {
            let number = Number::new(number(&row["number"])).unwrap();
            Position::new(Generation::new(generation).unwrap(), number)
        });
        let was = match row["was"].as_str() {
            None => EntryState::Current,
            Some("withdrawn") => EntryState::Withdrawn,
            Some("past") => EntryState::Past,
            Some(word) => panic!("{word}"),
        };
        let held = Held {
            entry: &entry,
            at,
            was,
        };
        let subject = entry.subject.as_ref();
        let facts = SnapshotFacts {
            at: self.at,
            same_books: self.same_books,
            sequence: subject.and_then(|(subject, _)| self.sequence(subject.as_str())),
            in_pages: self.in_pages.contains(entry.id.as_str()),
        };
        judge(&held, &facts)
    }
}

#[test]
fn each_entry_has_the_outcome_of_the_vectors() {
    let vectors = vectors_of("snapshot2.json");
    let cases = array(&vectors["judged"]);
    assert_eq!(cases.len(), 27);
    for json in cases {
        let case = Case::read(json);
        let rows = array(&json["before"]["entries"]);
        let outcomes: Vec<_> = rows.iter().map(|row| case.judge(row).unwrap()).collect();
        let after = array(&json["after"]["entries"]).iter();
        let expected: Vec<_> = after.map(|word| outcome(text(word))).collect();
        assert_eq!(outcomes, expected, "{}", json["what"]);

        let entries = rows
            .iter()
            .map(|row| Entry::parse(&bytes(&row["entry"])).unwrap());
        let entries: Vec<_> = entries.zip(&outcomes).collect();
        let withdrawn = entries
            .iter()
            .filter(|(_, outcome)| **outcome == Outcome::Withdrawn);
        let withdrawn: BTreeSet<_> = withdrawn.map(|(entry, _)| entry.id.as_str()).collect();
        let expected: BTreeSet<_> = array(&json["after"]["withdrawn"])
            .iter()
            .map(text)
            .collect();
        assert_eq!(withdrawn, expected, "{}", json["what"]);

        // The device shows the items, and on top the projected entries.
        let states = case.items.iter().filter_map(|item| match &item.state {
            ItemState::Account { state, .. } => Some((item.id.clone(), state.balances.clone())),
            _ => None,
        });
        let mut balances: BTreeMap<String, Balances> = states.collect();
        for (entry, _) in entries
            .iter()
            .filter(|(_, outcome)| **outcome == Outcome::Projected)
        {
            if let Some(account) = &entry.account {
                let shown = balances.entry(account.to_string()).or_default();
                shown.extend(entry.balances.clone());
            }
        }
        let expected = json["after"]["shows"]["account"].as_object().unwrap();
        let expected: BTreeMap<String, Balances> = expected
            .iter()
            .map(|(account, balances)| {
                let balances = crate::accept::to_cbor(balances);
                (account.clone(), Balances::from_value(balances).unwrap())
            })
            .collect();
        assert_eq!(balances, expected, "{}", json["what"]);
    }
}

#[test]
fn items_behind_the_number_are_detected() {
    let vectors = vectors_of("snapshot2.json");
    let cases = array(&vectors["negative"]).iter();
    let cases = cases.filter(|case| case["operation"] == "judge");
    let mut run = 0;
    for json in cases {
        let case = Case::read(&json["input"]);
        let rows = array(&json["input"]["before"]["entries"]).iter();
        let judged: Result<Vec<_>, _> = rows.map(|row| case.judge(row)).collect();
        assert_eq!(judged, Err(ItemsBehind), "{}", json["what"]);
        assert_eq!(json["reason"], ItemsBehind::REASON);
        run += 1;
    }
    assert_eq!(run, 2);
}

/// The books were restored by hand under the same incarnation.
#[test]
fn an_entry_of_an_earlier_generation_beyond_its_item_is_detected() {
    let vectors = vectors_of("snapshot2.json");
    let json = &vectors["judged"][20];
    let mut case = Case::read(json);
    assert_eq!(
        case.at.generation.get(),
        2,
        "a new generation of the same books"
    );
    for item in &mut case.items {
        item.sequence = Sequence::ZERO;
    }
    let row = &array(&json["before"]["entries"])[3];
    assert_eq!(case.judge(row), Err(ItemsBehind));
}
