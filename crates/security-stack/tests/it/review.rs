//! What a person decides about a disallowed address.

use crate::door::{Door, Parts, loopback};
use reqwest::StatusCode;
use security_stack::ReviewError;

#[tokio::test]
async fn an_address_is_released_by_a_named_person_with_a_reason() {
    let door = Door::open().await;
    let from = loopback(51);
    let client = door.broker_at(from);
    let mut wrong = Parts::right(&door, 1).packed();
    wrong.body.push(' ');
    let stopped = door.present(&client, &wrong).await.unwrap();
    assert_eq!(stopped.status(), StatusCode::FORBIDDEN);
    for (by, reason) in [("", "why"), ("Ada", " ")] {
        let refused = door.stack.release(from, (by, reason)).await.unwrap_err();
        assert!(matches!(refused, ReviewError::NotReviewed), "{by} {reason}");
    }
    let right = Parts::right(&door, 2).packed();
    let refused = door.present(&client, &right).await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    door.present(&door.broker_at(from), &right)
        .await
        .unwrap_err();
    // A restart does not forget it.
    let again = door.opened_again().await;
    let listed = again.disallowed_addresses().await.unwrap();
    assert_eq!(
        listed.iter().map(|one| one.address).collect::<Vec<_>>(),
        [from]
    );
    again.release(from, ("Ada Novak", "a test")).await.unwrap();
    let twice = again
        .release(from, ("Ada Novak", "a test"))
        .await
        .unwrap_err();
    assert!(matches!(twice, ReviewError::NotDisallowed));
    assert!(again.disallowed_addresses().await.unwrap().is_empty());
}
