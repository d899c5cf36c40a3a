//! Generated customers are plausible, the same for the same seed, and generated only once.

use crate::{czk, empty};
use core_bank::{CoreBank as _, HeadsCursor};
use order::Scheme;
use types::Sequence;

#[tokio::test]
async fn an_empty_bank_is_filled_once() {
    let (bank, _directory) = empty();
    assert!(bank.generate(10, 1).await.unwrap());
    let holdings = bank.holdings(1_000).await.unwrap();
    assert!(!bank.generate(10, 2).await.unwrap());
    assert_eq!(bank.holdings(1_000).await.unwrap(), holdings);
    assert_eq!(holdings[0].customer.as_str(), "1001");
    assert!(holdings[0].customer_name.is_some());
    assert!(holdings.len() >= 10);
    let fees = bank.fees().await.unwrap();
    assert!(!fees.is_empty() && fees.iter().all(|fee| fee.scheme == Scheme::Swift));
    let totals = bank.trial_balance().await.unwrap();
    assert!(totals[&czk()] > 0);

    let (same, _directory) = empty();
    same.generate(10, 1).await.unwrap();
    assert_eq!(same.holdings(1_000).await.unwrap(), holdings);
    assert_eq!(same.trial_balance().await.unwrap(), totals);
    let (other, _directory) = empty();
    other.generate(10, 2).await.unwrap();
    assert_ne!(other.trial_balance().await.unwrap(), totals);
}

#[tokio::test]
async fn dates_do_not_go_back_within_an_account() {
    let (bank, _directory) = empty();
    bank.generate(5, 7).await.unwrap();
    let heads = bank.heads(HeadsCursor::START, 1_000).await.unwrap();
    let mut booked = 0;
    for head in heads.subjects {
        let events = bank
            .events_after(&head.subject, Sequence::ZERO, 1_000)
            .await
            .unwrap();
        let dates: Vec<_> = events
            .iter()
            .filter_map(|event| event.entry.booking.as_ref().map(|booking| booking.date))
            .collect();
        assert!(dates.is_sorted());
        booked += dates.len();
    }
    assert!(booked > 50);
}
