//! What each role may do by default, for a person to read.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use staff_policy::StaffPolicies;
use types::{Eyes, StaffAction, StaffId, StaffQuestion, StaffRole, StaffSubject};

/// `alone`: does it alone. `two`: proposes it. `second`: may be the second person. `two+second`: either. `no`: none of them.
/// The roles are customer service, operations, security, auditor, administrator.
const TABLE: &[(&str, [&str; 5])] = &[
    ("look", ["alone", "alone", "alone", "no", "no"]),
    ("read_audit", ["no", "no", "alone", "alone", "no"]),
    ("list_staff", ["no", "no", "alone", "alone", "alone"]),
    (
        "issue_code, first device",
        ["alone", "alone+second", "second", "no", "no"],
    ),
    (
        "issue_code, another device",
        ["two", "two+second", "second", "no", "no"],
    ),
    ("unlock", ["two", "two+second", "second", "no", "no"]),
    ("resume", ["no", "two+second", "two+second", "no", "no"]),
    ("revoke", ["no", "two+second", "two+second", "no", "no"]),
    ("revoke_all", ["no", "two+second", "two+second", "no", "no"]),
    ("raise_limit", ["two", "two+second", "second", "no", "no"]),
    ("erase", ["no", "two+second", "second", "no", "no"]),
    ("announce_call", ["alone", "alone", "no", "no", "no"]),
    ("end_call", ["alone", "alone", "no", "no", "no"]),
    (
        "add_staff, nobody else yet",
        ["no", "no", "second", "no", "alone+second"],
    ),
    ("add_staff", ["no", "no", "second", "no", "two+second"]),
    ("set_roles", ["no", "no", "second", "no", "two+second"]),
    ("reissue_staff", ["no", "no", "second", "no", "two+second"]),
    ("disable_staff", ["no", "no", "alone", "no", "alone"]),
];

fn subject(action: StaffAction, was_enrolled: bool) -> StaffSubject {
    match action {
        StaffAction::Revoke => {
            StaffSubject::Device("01a0c450-6c00-771e-ba65-f93a78ba897d".parse().unwrap())
        }
        StaffAction::ListStaff
        | StaffAction::AddStaff
        | StaffAction::SetRoles
        | StaffAction::ReissueStaff
        | StaffAction::DisableStaff => StaffSubject::Bank,
        _ => StaffSubject::Customer {
            customer: "1001".parse().unwrap(),
            was_enrolled,
        },
    }
}

fn found(policies: &StaffPolicies, roles: &[StaffRole], case: &str) -> String {
    let (action, condition) = case.split_once(", ").unwrap_or((case, ""));
    let action: StaffAction = action.parse().unwrap();
    let subject = subject(action, condition != "first device");
    let asked = |eyes| {
        policies.permit(&StaffQuestion {
            staff: StaffId::new([1; 16]),
            roles,
            action,
            subject: &subject,
            eyes,
            has_second: condition != "nobody else yet",
        })
    };
    let begins = match (asked(Eyes::Alone), asked(Eyes::Proposing)) {
        (true, _) => Some("alone"),
        (false, true) => Some("two"),
        (false, false) => None,
    };
    let second = asked(Eyes::Approving).then_some("second");
    let words: Vec<_> = [begins, second].into_iter().flatten().collect();
    match words.is_empty() {
        true => "no".to_owned(),
        false => words.join("+"),
    }
}

#[test]
fn each_role_may_do_what_the_table_says() {
    let policies = StaffPolicies::default();
    for (case, expected) in TABLE {
        for (role, expected) in StaffRole::ALL.iter().zip(expected) {
            assert_eq!(
                found(&policies, &[*role], case),
                *expected,
                "{role}: {case}"
            );
        }
        assert_eq!(found(&policies, &[], case), "no", "nobody: {case}");
    }
    let actions = TABLE
        .iter()
        .map(|(case, _)| case.split(", ").next().unwrap());
    for action in StaffAction::ALL {
        assert!(
            actions.clone().any(|word| word == action.as_str()),
            "{action}"
        );
    }
}

#[test]
fn two_roles_may_do_what_each_of_them_may() {
    let policies = StaffPolicies::default();
    let both = [StaffRole::CustomerService, StaffRole::Auditor];
    assert_eq!(found(&policies, &both, "look"), "alone");
    assert_eq!(found(&policies, &both, "read_audit"), "alone");
    assert_eq!(found(&policies, &both, "revoke"), "no");
}

#[test]
fn a_bank_changes_what_takes_two() {
    let alone =
        r#"permit (principal in Role::"customer_service", action == Action::"unlock", resource);"#;
    let policies = StaffPolicies::parse(alone).unwrap();
    let of = |roles: &[StaffRole]| found(&policies, roles, "unlock");
    assert_eq!(of(&[StaffRole::CustomerService]), "alone+second");
    assert_eq!(of(&[StaffRole::Operations]), "no");
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_line() {
    let check = |text: &str, line: usize, expected: &str| {
        let refused = StaffPolicies::parse(text).unwrap_err().to_string();
        let place = format!("line {line}: ");
        assert!(
            refused.starts_with(&place) && refused.contains(expected),
            "{text}: {refused}"
        );
    };
    check("permit (principal, action, resource)", 1, "unexpected");
    check(
        "\npermit (principal in Role::\"king\", action, resource);",
        2,
        "king",
    );
    check(
        "\n\npermit (principal, action == Action::\"pay\", resource);",
        3,
        "pay",
    );
    check(
        "permit (principal, action == Action::\"unlock\", resource)\nwhen { context.alon };",
        2,
        "alon",
    );
    check(
        "permit (principal, action == Action::\"look\", resource) when { resource.vip };",
        1,
        "vip",
    );
    check(
        "permit (principal == User::\"ann\", action, resource);",
        1,
        "User",
    );
    let template = "permit (principal == ?principal, action, resource);";
    assert!(StaffPolicies::parse(template).is_err());
}

#[test]
fn a_policy_that_cannot_be_evaluated_permits_nothing() {
    let overflows = r#"
        permit (principal, action, resource);
        forbid (principal, action == Action::"look", resource)
        when { 9223372036854775807 + (if context.alone then 1 else 0) == 0 };
    "#;
    let policies = StaffPolicies::parse(overflows).unwrap();
    assert_eq!(
        found(&policies, &[StaffRole::Auditor], "look"),
        "two+second"
    );
    assert_eq!(
        found(&policies, &[StaffRole::Auditor], "read_audit"),
        "alone+second"
    );
}
