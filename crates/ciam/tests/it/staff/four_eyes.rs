//! What takes two people: who may be the second one, and that it is done once.

use super::desk::{Desk, three};
use crate::bank::{Bank, DAY_MS};
use crate::neighbour::Call;
use crate::person::code;
use protocol::http::{ActAnswer, ActOutcome, ProposalState};
use serde_json::{Value as Json, json};
use staff_policy::StaffPolicies;
use types::{CustomerId, DeviceId, ErrorCode};

fn revoke(device: DeviceId) -> Json {
    json!({ "kind": "revoke", "device": device })
}

fn revoked(bank: &Bank) -> usize {
    bank.count("revocation")
}

#[tokio::test]
async fn one_proposes_and_another_one_approves() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    let (phone, _) = ben.enrolled("1001").await;
    let proposal = ben.propose(revoke(phone.device)).await;
    assert_eq!(revoked(&bank), 0);
    assert_eq!(cyd.proposal(proposal).await.state, ProposalState::Waiting);
    let done = cyd.approve(proposal).await.unwrap();
    let ActAnswer::Done {
        outcome: ActOutcome::Revoked(outcome),
    } = done
    else {
        panic!("{done:?}");
    };
    assert_eq!(outcome.device, phone.device);
    assert_eq!(
        bank.neighbour.rekeys(),
        [(phone.device, outcome.revocation)]
    );
    let shown = ben.proposal(proposal).await;
    assert_eq!(
        (shown.state, shown.answered_by),
        (ProposalState::Done, Some(cyd.staff))
    );
    let acts = bank.acts();
    let act = acts
        .iter()
        .find(|act| act.action == "device.revoked")
        .unwrap();
    assert_eq!(act.actor, format!("staff:{}", ben.staff));
    assert_eq!(act.details["approved_by"], format!("staff:{}", cyd.staff));
    assert_eq!(act.details["reason"], "a test asks for it");
    for action in ["proposal.made", "proposal.approved"] {
        assert_eq!(acts.iter().filter(|act| act.action == action).count(), 1);
    }
    // Whoever says that they lost a phone gets another code from two.
    ben.propose(json!({ "kind": "issue_code", "customer": "1001" }))
        .await;
}

#[tokio::test]
async fn nobody_approves_what_they_proposed_whatever_the_roles_and_the_session() {
    let bank = Bank::open().await;
    let [ada, mut ben, cyd] = three(&bank).await;
    let (phone, _) = ben.enrolled("1001").await;
    let proposal = ben.propose(revoke(phone.device)).await;
    assert_eq!(code(&ben.approve(proposal).await), ErrorCode::OwnProposal);
    ben.log_in().await.unwrap();
    let roles =
        json!({ "kind": "set_roles", "staff": ben.staff, "roles": ["operations", "security"] });
    ada.act(roles).await.unwrap();
    assert_eq!(code(&ben.approve(proposal).await), ErrorCode::OwnProposal);
    // Whatever the policies say.
    let all = StaffPolicies::parse("permit (principal, action, resource);").unwrap();
    bank.neighbour.state().staff_policies = all;
    assert_eq!(code(&ben.approve(proposal).await), ErrorCode::OwnProposal);
    assert_eq!(revoked(&bank), 0);
    let forbidden = bank.acts();
    let forbidden = forbidden
        .iter()
        .filter(|act| act.action == "staff.forbidden");
    assert_eq!(forbidden.count(), 3);
    cyd.approve(proposal).await.unwrap();
    assert_eq!(revoked(&bank), 1);
}

#[tokio::test]
async fn who_has_no_role_for_it_neither_proposes_nor_approves() {
    let bank = Bank::open().await;
    let [ada, ben, _] = three(&bank).await;
    let auditor = Desk::member(&ada, None, (&["auditor"], 53)).await;
    let (phone, _) = ben.enrolled("1001").await;
    assert_eq!(
        code(&auditor.act(revoke(phone.device)).await),
        ErrorCode::StaffForbidden
    );
    let proposal = ben.propose(revoke(phone.device)).await;
    for other in [&auditor, &ada] {
        assert_eq!(
            code(&other.approve(proposal).await),
            ErrorCode::StaffForbidden
        );
        assert_eq!(
            code(&other.refuse(proposal).await),
            ErrorCode::StaffForbidden
        );
        assert!(other.proposals().await.is_empty());
    }
    assert_eq!(revoked(&bank), 0);
    let unknown = json!({ "kind": "unlock", "customer": "nobody" });
    assert_eq!(code(&auditor.act(unknown).await), ErrorCode::StaffForbidden);
}

#[tokio::test]
async fn who_lost_their_role_meanwhile_counts_no_more() {
    let bank = Bank::open().await;
    let [ada, ben, cyd] = three(&bank).await;
    let (phone, _) = ben.enrolled("1001").await;
    let proposal = ben.propose(revoke(phone.device)).await;
    let set = |desk: &Desk<'_>, role| json!({ "kind": "set_roles", "staff": desk.staff, "roles": [role] });
    ada.act(set(&cyd, "auditor")).await.unwrap();
    assert_eq!(
        code(&cyd.approve(proposal).await),
        ErrorCode::StaffForbidden
    );
    ada.act(set(&cyd, "operations")).await.unwrap();
    ada.act(set(&ben, "customer_service")).await.unwrap();
    assert_eq!(
        code(&cyd.approve(proposal).await),
        ErrorCode::StaffForbidden
    );
    ada.act(set(&ben, "operations")).await.unwrap();
    let disable = json!({ "kind": "disable_staff", "staff": ben.staff });
    ada.act(disable).await.unwrap();
    assert_eq!(
        code(&cyd.approve(proposal).await),
        ErrorCode::StaffForbidden
    );
    assert_eq!(revoked(&bank), 0);
}

#[tokio::test]
async fn a_proposal_expires_and_is_answered_once() {
    let bank = Bank::open().await;
    let [_, mut ben, mut cyd] = three(&bank).await;
    let (phone, _) = ben.enrolled("1001").await;
    let late = ben.propose(revoke(phone.device)).await;
    bank.advance(DAY_MS + 1);
    ben.log_in().await.unwrap();
    cyd.log_in().await.unwrap();
    assert_eq!(code(&cyd.approve(late).await), ErrorCode::ProposalAnswered);
    assert_eq!(ben.proposal(late).await.state, ProposalState::Expired);
    let refused = ben.propose(revoke(phone.device)).await;
    cyd.refuse(refused).await.unwrap();
    assert_eq!(
        code(&cyd.approve(refused).await),
        ErrorCode::ProposalAnswered
    );
    let withdrawn = ben.propose(revoke(phone.device)).await;
    ben.refuse(withdrawn).await.unwrap();
    assert_eq!(
        code(&cyd.approve(withdrawn).await),
        ErrorCode::ProposalAnswered
    );
    assert_eq!(revoked(&bank), 0);
    let unknown = "AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
    assert_eq!(
        code(&cyd.approve(unknown).await),
        ErrorCode::ProposalUnknown
    );
}

#[tokio::test]
async fn two_who_approve_at_once_have_it_done_once() {
    let bank = Bank::open().await;
    let [ada, ben, cyd] = three(&bank).await;
    let dan = Desk::member(&ada, None, (&["security"], 53)).await;
    ben.enrolled("1001").await;
    let proposal = ben
        .propose(json!({ "kind": "issue_code", "customer": "1001" }))
        .await;
    let before = bank.count("activation_code");
    let (one, other) = tokio::join!(cyd.approve(proposal), dan.approve(proposal));
    let refused = [&one, &other]
        .into_iter()
        .filter_map(|answer| answer.as_ref().err());
    let refused: Vec<_> = refused.map(|refused| refused.code).collect();
    assert_eq!(refused, [ErrorCode::ProposalAnswered]);
    assert_eq!(bank.count("activation_code"), before + 1);
    // An answer that was lost: whoever approved asks again.
    let approver = if one.is_ok() { &cyd } else { &dan };
    let again = approver.approve(proposal).await.unwrap();
    assert_eq!(
        again,
        ActAnswer::Done {
            outcome: ActOutcome::Done
        }
    );
    assert_eq!(bank.count("activation_code"), before + 1);
}

#[tokio::test]
async fn a_code_is_for_who_asked_for_it_and_for_nobody_else() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    ben.enrolled("1001").await;
    let proposal = ben
        .propose(json!({ "kind": "issue_code", "customer": "1001" }))
        .await;
    let approved = cyd.approve(proposal).await.unwrap();
    assert_eq!(
        approved,
        ActAnswer::Done {
            outcome: ActOutcome::Done
        }
    );
    assert_eq!(cyd.proposal(proposal).await.outcome, None);
    let outcome = ben.proposal(proposal).await.outcome;
    let Some(ActOutcome::Code(issued)) = outcome else {
        panic!("{outcome:?}");
    };
    let stored = bank.shown("SELECT * FROM proposal");
    for secret in [
        issued.code.as_str(),
        "1001",
        "a test asks for it",
        "checked",
    ] {
        assert!(
            !stored.contains(secret),
            "{secret} is not stored in the clear"
        );
    }
    let phone = crate::phone::Phone::new();
    bank.enrol(&phone, "1001", &issued.code).await.unwrap();
}

#[tokio::test]
async fn what_was_approved_is_done_though_the_process_ends_before_the_others_did_their_part() {
    let mut bank = Bank::open().await;
    let customer: CustomerId = "1001".parse().unwrap();
    {
        let [_, ben, cyd] = three(&bank).await;
        let (phone, _) = ben.enrolled("1001").await;
        let revocation = ben.propose(revoke(phone.device)).await;
        let erasure = ben
            .propose(json!({ "kind": "erase", "customer": "1001" }))
            .await;
        bank.neighbour.state().notification_down = true;
        let waits = cyd.approve(revocation).await;
        assert_eq!(code(&waits), ErrorCode::Unavailable);
        assert_eq!(ben.proposal(revocation).await.state, ProposalState::Done);
        assert_eq!(code(&cyd.approve(revocation).await), ErrorCode::Unavailable);
        assert_eq!(code(&cyd.approve(erasure).await), ErrorCode::Unavailable);
        assert_eq!((revoked(&bank), bank.count("device")), (1, 0));
        assert_eq!(
            bank.count("proposal"),
            0,
            "an erasure leaves no proposal about the customer"
        );
    }
    bank.neighbour.state().notification_down = false;
    bank.restart().await;
    let resumed = bank.ciam.resume().await.unwrap();
    assert_eq!((resumed.rekeyed, resumed.waiting), (1, 0));
    let calls = bank.neighbour.calls();
    let last = [Call::Erase(customer.clone()), Call::Forget(customer)];
    assert!(calls.ends_with(&last), "{calls:?}");
    assert_eq!(bank.count("erasure"), 0);
}

#[tokio::test]
async fn an_act_that_cannot_be_done_leaves_its_proposal_open() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    ben.enrolled("1001").await;
    let proposal = ben
        .propose(json!({ "kind": "issue_code", "customer": "1001" }))
        .await;
    bank.neighbour.state().core_bank_down = true;
    assert_eq!(code(&cyd.approve(proposal).await), ErrorCode::Unavailable);
    assert_eq!(ben.proposal(proposal).await.state, ProposalState::Waiting);
    bank.neighbour.state().core_bank_down = false;
    cyd.approve(proposal).await.unwrap();
    assert_eq!(ben.proposal(proposal).await.state, ProposalState::Done);
}

#[tokio::test]
async fn every_act_and_every_answer_needs_a_reason() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    let (phone, _) = ben.enrolled("1001").await;
    let proposal = ben.propose(revoke(phone.device)).await;
    for reason in ["", "  ", &"x".repeat(1025)] {
        let act = json!({ "act": revoke(phone.device), "reason": reason });
        let refused = ben.ask::<Json>(("POST", "/v1/staff/acts"), Some(act)).await;
        assert_eq!(code(&refused), ErrorCode::Malformed);
        for path in ["/v1/staff/approvals", "/v1/staff/refusals"] {
            let answer = json!({ "proposal": proposal, "reason": reason });
            let refused = cyd.ask::<Json>(("POST", path), Some(answer)).await;
            assert_eq!(code(&refused), ErrorCode::Malformed);
        }
    }
    let without = json!({ "act": revoke(phone.device) });
    let refused = ben
        .ask::<Json>(("POST", "/v1/staff/acts"), Some(without))
        .await;
    assert_eq!(code(&refused), ErrorCode::Malformed);
    assert_eq!(revoked(&bank), 0);
}

#[tokio::test]
async fn two_end_a_stop_and_unlock() {
    let bank = Bank::open().await;
    let [_, ben, cyd] = three(&bank).await;
    let (phone, _) = ben.enrolled("1001").await;
    bank.ciam.stop_everything(phone.device).await.unwrap();
    for (kind, count) in [("resume", "customer_stop"), ("unlock", "refused_login")] {
        let proposal = ben
            .propose(json!({ "kind": kind, "customer": "1001" }))
            .await;
        cyd.approve(proposal).await.unwrap();
        let _rows = bank.count(count);
    }
    let resumed = bank.neighbour.stops();
    assert!(
        matches!(resumed.as_slice(), [Call::Stop(..), Call::Resume(..)]),
        "{resumed:?}"
    );
    let acts = bank.acts();
    for action in ["customer.resumed", "login.unlocked"] {
        let act = acts.iter().find(|act| act.action == action).unwrap();
        assert_eq!(act.details["approved_by"], format!("staff:{}", cyd.staff));
    }
}
