//! The staff's own accounts: who makes them, and that nobody is two people.

use super::desk::{Desk, three};
use crate::bank::Bank;
use crate::person::code;
use protocol::http::{ActAnswer, ActOutcome, StaffMembers};
use serde_json::json;
use types::ErrorCode;

#[tokio::test]
async fn the_first_administrator_acts_alone_until_somebody_could_approve() {
    let bank = Bank::open().await;
    let ada = Desk::administrator(&bank).await;
    let ben = Desk::member(&ada, None, (&["customer_service"], 51)).await;
    let dan = Desk::member(&ada, None, (&["security"], 52)).await;
    let add = json!({ "kind": "add_staff", "name": "Eve", "roles": ["administrator"] });
    let proposal = ada.propose(add.clone()).await;
    assert_eq!(code(&ada.approve(proposal).await), ErrorCode::OwnProposal);
    assert_eq!(
        code(&ben.approve(proposal).await),
        ErrorCode::StaffForbidden
    );
    // Whoever could approve counts, though their access was ended: otherwise the administrator would be alone again.
    let disable = json!({ "kind": "disable_staff", "staff": dan.staff });
    ada.act(disable).await.unwrap();
    ada.propose(add).await;
}

#[tokio::test]
async fn a_member_gets_a_new_code_from_two_and_what_they_had_ends() {
    let bank = Bank::open().await;
    let ada = Desk::administrator(&bank).await;
    let dan = Desk::member(&ada, None, (&["security"], 52)).await;
    let mut ben = Desk::member(&ada, Some(&dan), (&["operations"], 51)).await;
    let own = json!({ "kind": "reissue_staff", "staff": ada.staff });
    assert_eq!(code(&ada.act(own).await), ErrorCode::Malformed);
    let proposal = ada
        .propose(json!({ "kind": "reissue_staff", "staff": ben.staff }))
        .await;
    ben.log_in().await.unwrap();
    dan.approve(proposal).await.unwrap();
    let ended = ben
        .act(json!({ "kind": "unlock", "customer": "1001" }))
        .await;
    assert_eq!(code(&ended), ErrorCode::StaffSessionEnded);
    assert_eq!(code(&ben.log_in().await), ErrorCode::LoginRefused);
    let outcome = ada.proposal(proposal).await.outcome;
    let Some(ActOutcome::StaffCode(issued)) = outcome else {
        panic!("{outcome:?}");
    };
    let mut anew = Desk::new(&bank, 54);
    assert_eq!(anew.activate(&issued.code).await.unwrap().staff, ben.staff);
    anew.log_in().await.unwrap();
}

#[tokio::test]
async fn a_key_is_one_members() {
    let bank = Bank::open().await;
    let [ada, ben, _] = three(&bank).await;
    let add = json!({ "kind": "add_staff", "name": "Ben again", "roles": ["operations"] });
    let done = ada.act(add).await.unwrap();
    let ActAnswer::Done {
        outcome: ActOutcome::StaffCode(issued),
    } = done
    else {
        panic!("{done:?}");
    };
    let mut twice = Desk::new(&bank, 51);
    assert_eq!(
        code(&twice.activate(&issued.code).await),
        ErrorCode::PasskeyConflict
    );
    let listed: StaffMembers = ada.ask(("GET", "/v1/staff/members"), None).await.unwrap();
    assert_eq!(listed.members.len(), 4);
    let names: Vec<_> = listed.members.iter().map(|row| row.name.as_str()).collect();
    assert!(names.contains(&"Ben again"), "{names:?}");
    assert!(!bank.shown("SELECT * FROM staff").contains("Ben"));
    let members = ("GET", "/v1/staff/members");
    let forbidden = ben.ask::<serde_json::Value>(members, None).await;
    assert_eq!(code(&forbidden), ErrorCode::StaffForbidden);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let bank = Bank::open().await;
    let [ada, _, _] = three(&bank).await;
    for act in [
        json!({ "kind": "disable_staff", "staff": ada.staff }),
        json!({ "kind": "set_roles", "staff": ada.staff, "roles": ["security"] }),
    ] {
        assert_eq!(code(&ada.act(act).await), ErrorCode::LastAdministrator);
    }
    let unknown = json!({ "kind": "disable_staff", "staff": "AAAAAAAAAAAAAAAAAAAAAA" });
    assert_eq!(code(&ada.act(unknown).await), ErrorCode::StaffUnknown);
    for roles in [json!([]), json!(["auditor", "auditor"]), json!(["king"])] {
        let act = json!({ "kind": "add_staff", "name": "Eve", "roles": roles });
        assert_eq!(code(&ada.act(act).await), ErrorCode::Malformed);
    }
}
