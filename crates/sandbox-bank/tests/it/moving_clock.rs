//! The operator moves the clock: what is due on the way is executed on its day, and the lead outlasts a restart.

use crate::orders::{NOON, Rig, crowns, date, here, of, transfer};
use order::{Frequency, OrderFields, OrderKind, Schedule};
use sandbox_bank::BankError;

const DAY_MS: u64 = 86_400_000;

async fn dates(rig: &Rig) -> Vec<String> {
    let events = rig.of_account("c").await;
    let booked = events
        .iter()
        .filter_map(|event| event.entry.booking.as_ref());
    booked
        .skip(1)
        .map(|booking| booking.date.to_string())
        .collect()
}

fn monthly() -> OrderFields {
    OrderFields {
        kind: OrderKind::Standing,
        schedule: Some(Schedule {
            frequency: Frequency::Month,
            first: date("2026-03-27"),
            last: None,
        }),
        ..transfer("a", crowns(10), here("c"))
    }
}

#[tokio::test]
async fn what_is_due_on_the_way_is_executed_on_its_own_day() {
    let rig = Rig::new().await;
    rig.place("2", 1, monthly()).await;
    let dated = OrderFields {
        execution_date: Some(date("2026-04-02")),
        ..transfer("a", crowns(20), here("c"))
    };
    rig.place("2", 2, dated).await;
    rig.bank.advance_clock(DAY_MS).await.unwrap();
    assert_eq!(rig.bank.now().0, NOON.plus_ms(DAY_MS));
    assert!(dates(&rig).await.is_empty());
    rig.bank.move_clock_to(date("2026-05-28")).await.unwrap();
    assert_eq!(rig.bank.now().1, date("2026-05-28"));
    assert_eq!(
        dates(&rig).await,
        ["2026-03-27", "2026-04-02", "2026-04-27", "2026-05-27"]
    );
    rig.bank.trial_balance().await.unwrap();
}

#[tokio::test]
async fn the_lead_outlasts_a_restart() {
    let rig = Rig::new().await;
    rig.bank.advance_clock(3 * DAY_MS).await.unwrap();
    let again = rig.open_again();
    assert_eq!(again.now().0, NOON, "the database is not read yet");
    again.continue_clock().await.unwrap();
    assert_eq!(again.now(), rig.bank.now());
}

#[tokio::test]
async fn it_moves_forward_only_and_within_the_calendar() {
    let rig = Rig::new().await;
    let check = |moved: Result<(), BankError>| {
        assert!(matches!(moved, Err(BankError::Invalid(_))), "{moved:?}");
        assert_eq!(rig.bank.now().0, NOON);
    };
    check(rig.bank.move_clock_to(date("2026-03-24")).await);
    check(rig.bank.advance_clock(u64::MAX).await);
    rig.bank.move_clock_to(date("2026-03-25")).await.unwrap();
    assert_eq!(rig.bank.now().0, NOON, "the day has begun");
    rig.bank.move_clock_to(date("2099-12-31")).await.unwrap();
    assert_eq!(rig.bank.now().1, date("2099-12-31"));
    assert!(rig.told(of("2").as_str()).await.is_empty());
}
