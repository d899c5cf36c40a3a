//! What the ledger accepts and refuses, and what its totals are.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use ledger::{Book, ControlTotals, Floor, LedgerError, Posting, Transaction};
use proptest::prelude::*;
use types::{BalanceType, Money};

fn czk(minor_units: i64) -> Money {
    Money::new(minor_units, "CZK".parse().unwrap())
}

fn posting(account: &str, amount: Money) -> Posting {
    Posting {
        account: account.parse().unwrap(),
        amount,
    }
}

#[test]
fn a_transaction_balances_in_each_currency() {
    let eur = Money::new(5, "EUR".parse().unwrap());
    let check =
        |postings: Vec<Posting>, fine: bool| assert_eq!(Transaction::new(postings).is_ok(), fine);
    check(vec![], false);
    check(vec![posting("a", czk(0))], true);
    check(vec![posting("a", czk(5)), posting("b", czk(-5))], true);
    check(vec![posting("a", czk(5)), posting("b", czk(-4))], false);
    check(vec![posting("a", czk(-5)), posting("b", eur)], false);
    check(
        vec![posting("a", czk(i64::MAX)), posting("b", czk(i64::MAX))],
        false,
    );
}

#[test]
fn a_debit_needs_cover_down_to_the_floor_and_holds_count() {
    let book = Book::open(czk(0).currency(), Floor::At(-100))
        .post(&czk(50))
        .unwrap();
    assert_eq!(book.available().unwrap(), Some(czk(150)));
    let held = book.hold(&czk(120)).unwrap();
    assert_eq!(
        held.post(&czk(-31)),
        Err(LedgerError::Insufficient { available: czk(30) })
    );
    assert_eq!(held.post(&czk(-30)).unwrap().booked(), czk(20));
    assert_eq!(held.release(&czk(121)), Err(LedgerError::Hold));
    assert_eq!(held.release(&czk(120)).unwrap(), book);
    assert_eq!(book.hold(&czk(-1)), Err(LedgerError::Hold));
    let balances = held.balances().unwrap();
    assert_eq!(balances[&BalanceType::Booked], czk(50));
    assert_eq!(balances[&BalanceType::Available], czk(30));
    assert_eq!(balances[&BalanceType::Limit], czk(100));
}

#[test]
fn an_account_without_a_floor_accepts_every_debit() {
    let book = Book::open(czk(0).currency(), Floor::None)
        .post(&czk(-9_000_000_000_000_000))
        .unwrap();
    assert_eq!(book.post(&czk(0)).unwrap(), book);
    assert_eq!(book.balances().unwrap().len(), 1);
    assert!(
        book.post(&czk(i64::MIN)).is_err(),
        "an amount beyond the range is refused; it does not wrap around"
    );
    assert!(book.post(&Money::new(1, "EUR".parse().unwrap())).is_err());
}

proptest! {
    #[test]
    fn books_sum_to_zero_whatever_is_booked(moves in prop::collection::vec((0_usize..4, 0_usize..4, -1_000_000_i64..1_000_000), 0..60)) {
        let mut books = [Book::open(czk(0).currency(), Floor::At(-5_000)); 4];
        books[0] = Book::open(czk(0).currency(), Floor::None);
        for (from, to, amount) in moves {
            let names = ["0", "1", "2", "3"];
            let transaction = Transaction::between(names[to].parse().unwrap(), names[from].parse().unwrap(), czk(amount)).unwrap();
            let mut after = books;
            let booked = transaction.postings().iter().try_for_each(|posting| {
                let index: usize = posting.account.as_str().parse().unwrap();
                after[index] = after[index].post(&posting.amount)?;
                Ok::<(), LedgerError>(())
            });
            if booked.is_ok() {
                books = after;
            }
        }
        let mut totals = ControlTotals::default();
        books.iter().for_each(|book| totals.add(&book.booked()));
        prop_assert_eq!(totals.check(), Ok(()));
        prop_assert!(books[1..].iter().all(|book| book.available().unwrap().unwrap().minor_units() >= 0));
    }

    /// Holds and releases never change the booked balance, and no order of them lets a debit spend an amount on hold.
    #[test]
    fn holds_reduce_and_releases_restore_the_available_balance(steps in prop::collection::vec((0_u8..3, -2_000_i64..2_000), 0..80)) {
        let mut book = Book::open(czk(0).currency(), Floor::At(-500));
        let (mut booked, mut held) = (0, 0);
        for (step, amount) in steps {
            let (after, change) = match step {
                0 => (book.post(&czk(amount)), (amount, 0)),
                1 => (book.hold(&czk(amount)), (0, amount)),
                _ => (book.release(&czk(amount)), (0, -amount)),
            };
            if let Ok(after) = after {
                book = after;
                booked += change.0;
                held += change.1;
            }
            prop_assert_eq!((book.booked(), book.held()), (czk(booked), czk(held)));
            prop_assert!(held >= 0);
            let available = book.available().unwrap().unwrap();
            prop_assert_eq!(available, czk(booked - held + 500));
            prop_assert!(available.minor_units() >= 0);
            prop_assert_eq!(Book::restore(czk(0).currency(), booked, held, Floor::At(-500)), book);
        }
    }
}
