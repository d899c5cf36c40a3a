//! The checks of a new order, and of the answer to a challenge, in `crates/gateway/src/orders`. A check that is made when an order is judged and again in the
//! transaction that stores it is taken out in both places.

use crate::{Check, Edit, Service};

pub(crate) const SERVICE: Service = Service {
    name: "gateway",
    directory: "crates/gateway/src/orders",
    tests: &["-p", "gateway", "--lib", "orders"],
    checks: CHECKS,
};

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

const CHECKS: &[Check] = &[
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
    (
        "answer to a challenge, device",
        &[("approving.rs", "if !active {", "if false && !active {")],
    ),
    (
        "answer to a challenge, sender",
        &[(
            "approving.rs",
            "if row.device != statement.device {",
            "if false && row.device != statement.device {",
        )],
    ),
    (
        "answer to a challenge, customer",
        &[(
            "approving.rs",
            "let differs = if signed.customer",
            "let differs = if false && signed.customer",
        )],
    ),
    (
        "answer to a challenge, order",
        &[(
            "approving.rs",
            "} else if signed.intent != row.intent || signed.hash != row.hash {",
            "} else if false {",
        )],
    ),
    (
        "answer to a challenge, challenge",
        &[(
            "approving.rs",
            "} else if signed.challenge != challenge.asked.challenge {",
            "} else if false {",
        )],
    ),
    (
        "answer to a challenge, signature",
        &[(
            "approving.rs",
            "if let Err(error) = answer.verify_signature",
            "if false && let Err(error) = answer.verify_signature",
        )],
    ),
    (
        "answer to a challenge, assertion",
        &[(
            "approving.rs",
            "            Err(error) => {\n                let refusal = Refusal::new(Check::Assertion",
            "            Err(_) if true => None,\n            Err(error) => {\n                let refusal = Refusal::new(Check::Assertion",
        )],
    ),
    (
        "answer to a challenge, login",
        &[(
            "approving.rs",
            "            && let Err(refusal) = self.check_login(row).await?",
            "            && false && let Err(refusal) = self.check_login(row).await?",
        )],
    ),
    (
        "answer to a challenge, login after the order",
        &[(
            "approving.rs",
            "Some(login) if login.time <= row.received",
            "Some(login) if false && login.time <= row.received",
        )],
    ),
    (
        "answer to a challenge, age of the passkey",
        &[(
            "approving.rs",
            "Some(login) if is_old(login.passkey_registered)",
            "Some(login) if true || is_old(login.passkey_registered)",
        )],
    ),
    (
        "answer to a challenge, in time",
        &[(
            "approving.rs",
            "let refusal = if waits && asked.now",
            "let refusal = if false && waits && asked.now",
        )],
    ),
    (
        "answer to a challenge, still open",
        &[(
            "approving.rs",
            "    } else if waits {",
            "    } else if true {",
        )],
    ),
];
