//! Each check of a new order is needed: without it, alone, gateway's tests fail, because the attack that it stops passes.
//! The checks of an answer to a challenge, but for freezes, are not among them. A check that is made when an order is judged and again in the transaction that stores it is taken out in both places.
//!
//! The long test builds a gateway without each check, which takes half an hour on two cores:
//!
//!     cargo test -p testkit --test checks_taken_out -- --ignored --nocapture
//!
//! `PASSBOOK_CHECKS` selects the checks whose names contain it.

#![allow(clippy::unwrap_used)]
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A text in a file of gateway's orders, and what replaces it to take a check out.
type Edit = (&'static str, &'static str, &'static str);

const SPENT: Edit = (
    "keeping.rs",
    "&& !voucher::spend(tx, number, row.intent).await?",
    "&& { voucher::spend(tx, number, row.intent).await?; false }",
);

const SEEN: Edit = (
    "keeping.rs",
    "if seen.hash == row.hash {",
    "if true || seen.hash == row.hash {",
);

const BURNT: Edit = (
    "keeping.rs",
    "if burnt::contains(tx, key).await? {",
    "if false && burnt::contains(tx, key).await? {",
);

const CHECKS: &[(&str, &[Edit])] = &[
    (
        "token",
        &[(
            "submission.rs",
            "if let Err(refusal) = check_token(&intent, &sender) {",
            "if false && let Err(refusal) = check_token(&intent, &sender) {",
        )],
    ),
    (
        "id, used for another order",
        &[
            (
                "judging.rs",
                "if known.seen.is_some() {",
                "if false && known.seen.is_some() {",
            ),
            SEEN,
        ],
    ),
    (
        "id, of an order cancelled before it came",
        &[
            (
                "judging.rs",
                "if known.burnt {",
                "if false && known.burnt {",
            ),
            BURNT,
        ],
    ),
    (
        "device",
        &[("judging.rs", "if !active {", "if false && !active {")],
    ),
    (
        "signature",
        &[(
            "judging.rs",
            ".with_detail(error.to_string())\n        })?;\n    let (customer, party)",
            ".with_detail(error.to_string())\n        }).ok();\n    let (customer, party)",
        )],
    ),
    (
        "assertion",
        &[(
            "judging.rs",
            ".with_detail(error.to_string())\n        })?;\n    if !intent.text_matches()",
            ".with_detail(error.to_string())\n        }).ok().flatten();\n    if !intent.text_matches()",
        )],
    ),
    (
        "shown text",
        &[(
            "judging.rs",
            "if !intent.text_matches()",
            "if false && !intent.text_matches()",
        )],
    ),
    (
        "created",
        &[(
            "judging.rs",
            "if intent.created > now",
            "if false && intent.created > now",
        )],
    ),
    (
        "not after",
        &[(
            "judging.rs",
            "if now > intent.not_after",
            "if false && now > intent.not_after",
        )],
    ),
    (
        "voucher, forged",
        &[
            (
                "judging.rs",
                "return refused(ErrorCode::VoucherUnknown, \"unknown_voucher\");",
                "return Ok(None);",
            ),
            SPENT,
        ],
    ),
    (
        "voucher, of another customer",
        &[(
            "judging.rs",
            "if voucher.customer != sender.customer",
            "if false && voucher.customer != sender.customer",
        )],
    ),
    (
        "voucher, of another device",
        &[(
            "judging.rs",
            "if voucher.device != sender",
            "if false && voucher.device != sender",
        )],
    ),
    (
        "voucher, expired",
        &[(
            "judging.rs",
            "if voucher.expires < now",
            "if false && voucher.expires < now",
        )],
    ),
    (
        "voucher, spent",
        &[
            (
                "judging.rs",
                "if voucher.spent_by.is_some()",
                "if false && voucher.spent_by.is_some()",
            ),
            SPENT,
        ],
    ),
    (
        "voucher, its limit",
        &[(
            "books.rs",
            "&& let Err(refusal) = self.check_limit(",
            "&& false && let Err(refusal) = self.check_limit(",
        )],
    ),
    (
        "account",
        &[(
            "books.rs",
            "if let Err(refusal) = self.check_account(intent).await? {",
            "if false && let Err(refusal) = self.check_account(intent).await? {",
        )],
    ),
    (
        "target",
        &[(
            "books.rs",
            "        self.check_target(intent, known).await\n",
            "        let _ = (known, Self::check_target); Ok(Ok(Acceptance::Place))\n",
        )],
    ),
    (
        "target, what is copied from it",
        &[("books.rs", "    if same {", "    if true || same {")],
    ),
    (
        "limit of an order of a kind",
        &[(
            "limits.rs",
            "if of_kind.order.is_some_and(|limit| exceeds(0, limit))",
            "if false && of_kind.order.is_some_and(|limit| exceeds(0, limit))",
        )],
    ),
    (
        "limit of a kind's day",
        &[(
            "limits.rs",
            "if exceeds(already, limit) {",
            "if false && exceeds(already, limit) {",
        )],
    ),
    (
        "limit of a day",
        &[(
            "limits.rs",
            "Ok(exceeds(already, limit).then_some(",
            "Ok((false && exceeds(already, limit)).then_some(",
        )],
    ),
    (
        "limit of a new device",
        &[(
            "limits.rs",
            "if exceeds(by_device, limits.new_device)",
            "if false && exceeds(by_device, limits.new_device)",
        )],
    ),
    (
        "limit of a new payee",
        &[(
            "limits.rs",
            "if is_new && exceeds",
            "if false && is_new && exceeds",
        )],
    ),
    (
        "own limit",
        &[(
            "braking.rs",
            "Ok(above.map_or(Ok(()),",
            "Ok(above.filter(|_| false).map_or(Ok(()),",
        )],
    ),
    (
        "frozen account",
        &[(
            "braking.rs",
            "if account.is_some() {",
            "if false && account.is_some() {",
        )],
    ),
    (
        "frozen payments to new payees",
        &[(
            "braking.rs",
            "false => Err(new_payees_frozen()),",
            "false => Ok(()),",
        )],
    ),
    (
        "race for a brake",
        &[(
            "keeping.rs",
            "if let Some(braked) = &judged.braked {",
            "if false && let Some(braked) = &judged.braked {",
        )],
    ),
    (
        "freezes, when the order is approved again",
        &[(
            "approving.rs",
            "match braked.filter(|_| waits) {",
            "match braked.filter(|_| waits && false) {",
        )],
    ),
    (
        "stop, while an order is judged",
        &[(
            "keeping.rs",
            "if stop::bars(tx, row.customer).await? {",
            "if false && stop::bars(tx, row.customer).await? {",
        )],
    ),
    (
        "race for an id",
        &[(
            "keeping.rs",
            "    if let Some(seen) = intent::find(tx, key).await? {",
            "    if false && let Some(seen) = intent::find(tx, key).await? {",
        )],
    ),
    ("race for a voucher", &[SPENT]),
    (
        "race of an order and its cancellation",
        &[
            BURNT,
            (
                "keeping.rs",
                "if intent::find(tx, (row.customer, target)).await?.is_some() {",
                "if false && intent::find(tx, (row.customer, target)).await?.is_some() {",
            ),
        ],
    ),
    (
        "race for a limit",
        &[(
            "keeping.rs",
            "                Ok(to_payee) if judged.to_payee != Some(to_payee) => return Ok(None),\n",
            "",
        )],
    ),
];

const ORDERS: &str = "crates/gateway/src/orders";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn each_check_stands_once() {
    for (check, edits) in CHECKS {
        for (file, text, _) in *edits {
            let code = fs::read_to_string(root().join(ORDERS).join(file)).unwrap();
            assert_eq!(code.matches(text).count(), 1, "{check}: {text}");
        }
    }
}

#[test]
#[ignore = "builds gateway without each of its checks"]
fn without_any_check_a_test_fails() {
    let selected = std::env::var("PASSBOOK_CHECKS").unwrap_or_default();
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("checks-taken-out");
    copy_sources(&copy);
    let (_, failing) = tests(&copy);
    assert_eq!(failing, Some(Vec::new()), "with every check");
    let mut not_needed = Vec::new();
    for (check, edits) in CHECKS.iter().filter(|(check, _)| check.contains(&selected)) {
        for (file, text, instead) in *edits {
            let file = copy.join(ORDERS).join(file);
            let code = fs::read_to_string(&file).unwrap();
            fs::write(&file, code.replace(text, instead)).unwrap();
        }
        let (output, failing) = tests(&copy);
        let failing = failing.unwrap_or_else(|| panic!("{check}: {output}"));
        println!("{check}: {}", failing.join(", "));
        if failing.is_empty() {
            not_needed.push(check);
        }
        copy_sources(&copy);
    }
    assert!(
        not_needed.is_empty(),
        "no test fails without {not_needed:?}"
    );
}

/// Copies the files of the repository that differ.
fn copy_sources(to: &Path) {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(listed.status.success(), "{listed:?}");
    for file in String::from_utf8(listed.stdout)
        .unwrap()
        .split_terminator('\0')
    {
        let Ok(content) = fs::read(root().join(file)) else {
            continue;
        };
        let to = to.join(file);
        if fs::read(&to).is_ok_and(|copied| copied == content) {
            continue;
        }
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, content).unwrap();
    }
}

/// Runs gateway's tests of orders. Returns the output and the names of the tests that failed; `None` if there is nothing
/// to run.
fn tests(directory: &Path) -> (String, Option<Vec<String>>) {
    // A gateway without a check may loop for ever.
    let run = Command::new("timeout")
        .args(["1800", env!("CARGO"), "test"])
        .args(["--locked", "-p", "gateway", "--lib", "orders"])
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env("RUST_BACKTRACE", "0")
        .current_dir(directory)
        .output()
        .unwrap();
    let output = [run.stdout, run.stderr].map(|text| String::from_utf8(text).unwrap());
    let output = output.concat();
    let failed = output.lines().filter_map(|line| {
        let test = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
        Some(test.to_owned())
    });
    let failed = failed.collect();
    let ran = output.contains("test result: ");
    (output, ran.then_some(failed))
}
