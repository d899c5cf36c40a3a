//! The server keys: two are valid at a time, so that the change from one to the next stops nothing.

use crate::door::{Door, Parts, loopback};
use envelope::ServerKey;
use reqwest::StatusCode;
use security_stack::{ReviewError, printed};

#[tokio::test]
async fn a_key_changes_without_a_pause() {
    let door = Door::open().await;
    let client = door.broker_at(loopback(1));
    let next = ServerKey::new([8; 32]);
    let passes = async |key: &ServerKey, number: u8| {
        let parts = Parts {
            sealing: key.clone(),
            shown: key.clone(),
            ..Parts::right(&door, number)
        };
        let response = door.present(&client, &parts.packed()).await;
        response.is_ok_and(|response| response.status() == StatusCode::OK)
    };
    assert!(passes(&door.key, 1).await);
    door.advance(1);
    door.stack.add_key(&printed(&next.kept())).await.unwrap();
    door.stack.add_key(&printed(&next.kept())).await.unwrap();
    assert!(passes(&door.key, 2).await && passes(&next, 3).await);
    let third = printed(&ServerKey::new([9; 32]).kept());
    let refused = door.stack.add_key(&third).await.unwrap_err();
    assert!(matches!(refused, ReviewError::TwoKeys));
    assert_eq!(
        door.stack.retire_key().await.unwrap(),
        door.key.kept().hash()
    );
    // What was on its way passes for another minute; then the key is as good as none.
    assert!(passes(&next, 4).await && passes(&door.key, 5).await);
    assert_eq!(door.stack.key_hashes(), [next.kept().hash()]);
    door.advance(60_000);
    door.stack.tend().await;
    assert!(passes(&next, 6).await);
    assert!(!passes(&door.key, 7).await);
    let last = door.stack.retire_key().await.unwrap_err();
    assert!(matches!(last, ReviewError::OnlyKey));
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let door = Door::open().await;
    for text in ["", "a.b", "AAAA", &door.key.expose()] {
        let refused = door.stack.add_key(text).await.unwrap_err();
        assert!(matches!(refused, ReviewError::NotAKey), "{text}");
    }
}
