//! What the stack's file has of a key.

use crate::door::Door;
use security_stack::printed;

#[tokio::test]
async fn the_key_itself_is_not_kept() {
    let door = Door::open().await;
    let kept = printed(&door.key.kept());
    assert!(!kept.contains(door.key.expose().as_str()));
    let again = door.opened_again().await;
    assert_eq!(again.key_hashes(), [door.key.kept().hash()]);
    again.close().await;
    let file = std::fs::read(door.directory.path().join("stack.sqlite")).unwrap();
    let holds = |secret: &[u8]| file.windows(secret.len()).any(|bytes| bytes == secret);
    assert!(
        holds(door.key.kept().hash().as_bytes()),
        "the file has the hash"
    );
    assert!(!holds(&[7; 32]), "and not the key");
    assert!(
        !holds(door.key.kept().sessions()),
        "nor the derived key in the clear"
    );
}
