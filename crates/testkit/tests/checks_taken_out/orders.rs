//! The checks of a new order, and of the answer to a challenge. Without one, an attack that it stops passes.

use crate::table::{Caught, Check, Edit, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates/gateway/src/orders",
    checks: CHECKS,
};

const ORDERS: Caught = Caught::Attacks("gateway", "lib", "orders");

/// These tests count what was accepted. In the race for an id the database's constraint stands behind the check.
const RACES: Caught = Caught::Tests("gateway", "lib", "orders");

const SPENT: Edit = (
    "keeping.rs",
    "&& !voucher::spend(tx, number, row.intent).await?",
    "&& !voucher::spend(tx, number, row.intent).await? && !taken_out()",
);

const SEEN: Edit = (
    "keeping.rs",
    "if seen.hash == row.hash {",
    "if taken_out() || seen.hash == row.hash {",
);

const BURNT: Edit = (
    "keeping.rs",
    "if burnt::contains(tx, key).await? {",
    "if !taken_out() && burnt::contains(tx, key).await? {",
);

const CHECKS: &[Check] = &[
    (
        "end of a limit that the bank raised",
        ORDERS,
        &[(
            "raising.rs",
            "raised.filter(|row| now < row.until);",
            "raised.filter(|row| taken_out() || now < row.until);",
        )],
    ),
    (
        "token",
        ORDERS,
        &[(
            "submission.rs",
            "if let Err(refusal) = check_token(&intent, &sender) {",
            "if !taken_out() && let Err(refusal) = check_token(&intent, &sender) {",
        )],
    ),
    (
        "id, used for another order",
        ORDERS,
        &[
            (
                "judging.rs",
                "if known.seen.is_some() {",
                "if !taken_out() && known.seen.is_some() {",
            ),
            SEEN,
        ],
    ),
    (
        "id, of an order cancelled before it came",
        ORDERS,
        &[
            (
                "judging.rs",
                "if known.burnt {",
                "if !taken_out() && known.burnt {",
            ),
            BURNT,
        ],
    ),
    (
        "device",
        ORDERS,
        &[("judging.rs", "if !active {", "if !taken_out() && !active {")],
    ),
    (
        "signature",
        ORDERS,
        &[(
            "judging.rs",
            ".with_detail(error.to_string())\n        })?;\n    let (customer, party)",
            ".with_detail(error.to_string())\n        }).or_else(|refused| if taken_out() { Ok(()) } else { Err(refused) })?;\n    let (customer, party)",
        )],
    ),
    (
        "assertion",
        ORDERS,
        &[(
            "judging.rs",
            ".with_detail(error.to_string())\n        })?;\n    if !intent.text_matches()",
            ".with_detail(error.to_string())\n        }).or_else(|refused| if taken_out() { Ok(None) } else { Err(refused) })?;\n    if !intent.text_matches()",
        )],
    ),
    (
        "shown text",
        ORDERS,
        &[(
            "judging.rs",
            "if !intent.text_matches()",
            "if !taken_out() && !intent.text_matches()",
        )],
    ),
    (
        "created",
        ORDERS,
        &[(
            "judging.rs",
            "if intent.created > now",
            "if !taken_out() && intent.created > now",
        )],
    ),
    (
        "not after",
        ORDERS,
        &[(
            "judging.rs",
            "if now > intent.not_after",
            "if !taken_out() && now > intent.not_after",
        )],
    ),
    (
        "voucher, forged",
        ORDERS,
        &[
            (
                "judging.rs",
                "return refused(ErrorCode::VoucherUnknown, \"unknown_voucher\");",
                "return if taken_out() { Ok(None) } else { refused(ErrorCode::VoucherUnknown, \"unknown_voucher\") };",
            ),
            SPENT,
        ],
    ),
    (
        "voucher, of another customer",
        ORDERS,
        &[(
            "judging.rs",
            "if voucher.customer != sender.customer",
            "if !taken_out() && voucher.customer != sender.customer",
        )],
    ),
    (
        "voucher, of another device",
        ORDERS,
        &[(
            "judging.rs",
            "if voucher.device != sender",
            "if !taken_out() && voucher.device != sender",
        )],
    ),
    (
        "voucher, expired",
        ORDERS,
        &[(
            "judging.rs",
            "if voucher.expires < now",
            "if !taken_out() && voucher.expires < now",
        )],
    ),
    (
        "voucher, spent",
        ORDERS,
        &[
            (
                "judging.rs",
                "if voucher.spent_by.is_some()",
                "if !taken_out() && voucher.spent_by.is_some()",
            ),
            SPENT,
        ],
    ),
    (
        "voucher, its limit",
        ORDERS,
        &[(
            "books.rs",
            "&& let Err(refusal) = self.check_limit(",
            "&& !taken_out() && let Err(refusal) = self.check_limit(",
        )],
    ),
    (
        "account",
        ORDERS,
        &[(
            "books.rs",
            "if let Err(refusal) = self.check_account(intent).await? {",
            "if !taken_out() && let Err(refusal) = self.check_account(intent).await? {",
        )],
    ),
    (
        "target",
        ORDERS,
        &[(
            "books.rs",
            "        match self.check_target(intent, known).await? {",
            "        if taken_out() { return Ok(Ok(Acceptance::Place)); }\n        match self.check_target(intent, known).await? {",
        )],
    ),
    (
        "target, what is copied from it",
        ORDERS,
        &[("books.rs", "    if same {", "    if taken_out() || same {")],
    ),
    (
        "executable",
        ORDERS,
        &[(
            "books.rs",
            "            Some(_) if checks.count(",
            "            Some(_) if taken_out() || checks.count(",
        )],
    ),
    (
        "limit of an order of a kind",
        ORDERS,
        &[(
            "limits.rs",
            "if of_kind.order.is_some_and(|limit| exceeds(0, limit))",
            "if !taken_out() && of_kind.order.is_some_and(|limit| exceeds(0, limit))",
        )],
    ),
    (
        "limit of a kind's day",
        ORDERS,
        &[(
            "limits.rs",
            "if exceeds(already, limit) {",
            "if !taken_out() && exceeds(already, limit) {",
        )],
    ),
    (
        "limit of a day",
        ORDERS,
        &[(
            "limits.rs",
            "Ok(exceeds(already, limit).then_some(",
            "Ok((!taken_out() && exceeds(already, limit)).then_some(",
        )],
    ),
    (
        "limit of a new device",
        ORDERS,
        &[(
            "limits.rs",
            "if exceeds(by_device, limits.new_device)",
            "if !taken_out() && exceeds(by_device, limits.new_device)",
        )],
    ),
    (
        "limit of a new payee",
        ORDERS,
        &[(
            "limits.rs",
            "if is_new && exceeds",
            "if !taken_out() && is_new && exceeds",
        )],
    ),
    (
        "own limit",
        ORDERS,
        &[(
            "braking.rs",
            "Ok(above.map_or(Ok(()),",
            "Ok(above.filter(|_| !taken_out()).map_or(Ok(()),",
        )],
    ),
    (
        "frozen account",
        ORDERS,
        &[(
            "braking.rs",
            "if account.is_some() {",
            "if !taken_out() && account.is_some() {",
        )],
    ),
    (
        "frozen payments to new payees",
        ORDERS,
        &[(
            "braking.rs",
            "false => Err(new_payees_frozen()),",
            "false => if taken_out() { Ok(()) } else { Err(new_payees_frozen()) },",
        )],
    ),
    (
        "race for a brake",
        ORDERS,
        &[(
            "keeping.rs",
            "&& let Some(braked) = &judged.braked",
            "&& !taken_out() && let Some(braked) = &judged.braked",
        )],
    ),
    (
        "payment that an app prepared, in time and not declined",
        ORDERS,
        &[(
            "judging.rs",
            "if initiated.declined || now >= initiated.expires {",
            "if !taken_out() && (initiated.declined || now >= initiated.expires) {",
        )],
    ),
    (
        "payment as an app prepared it",
        ORDERS,
        &[(
            "judging.rs",
            "if !initiated.payment.is_ordered_by(&intent.order) {",
            "if !taken_out() && !initiated.payment.is_ordered_by(&intent.order) {",
        )],
    ),
    (
        "race for a payment that an app prepared",
        ORDERS,
        &[(
            "keeping.rs",
            "if judged.is_initiated\n",
            "if !taken_out() && judged.is_initiated\n",
        )],
    ),
    (
        "freezes, when the order is approved again",
        ORDERS,
        &[(
            "approving.rs",
            "match braked.filter(|_| waits) {",
            "match braked.filter(|_| waits && !taken_out()) {",
        )],
    ),
    (
        "stop, while an order is judged",
        ORDERS,
        &[(
            "keeping.rs",
            "if stop::bars(tx, row.customer).await? {",
            "if !taken_out() && stop::bars(tx, row.customer).await? {",
        )],
    ),
    (
        "race for an id",
        RACES,
        &[(
            "keeping.rs",
            "    if let Some(seen) = intent::find(tx, key).await? {",
            "    if !taken_out() && let Some(seen) = intent::find(tx, key).await? {",
        )],
    ),
    ("race for a voucher", RACES, &[SPENT]),
    (
        "race of an order and its cancellation",
        RACES,
        &[
            BURNT,
            (
                "keeping.rs",
                "if intent::find(tx, (row.customer, target)).await?.is_some() {",
                "if !taken_out() && intent::find(tx, (row.customer, target)).await?.is_some() {",
            ),
        ],
    ),
    (
        "race for a limit",
        RACES,
        &[(
            "keeping.rs",
            "Ok(to_payee) if judged.to_payee != Some(to_payee) => return Ok(None),",
            "Ok(to_payee) if !taken_out() && judged.to_payee != Some(to_payee) => return Ok(None),",
        )],
    ),
    (
        "answer to a challenge, device",
        ORDERS,
        &[(
            "approving.rs",
            "if !active {",
            "if !taken_out() && !active {",
        )],
    ),
    (
        "answer to a challenge, sender",
        ORDERS,
        &[(
            "approving.rs",
            "if row.device != statement.device {",
            "if !taken_out() && row.device != statement.device {",
        )],
    ),
    (
        "answer to a challenge, customer",
        ORDERS,
        &[(
            "approving.rs",
            "let differs = if signed.customer",
            "let differs = if !taken_out() && signed.customer",
        )],
    ),
    (
        "answer to a challenge, order",
        ORDERS,
        &[(
            "approving.rs",
            "} else if signed.intent != row.intent || signed.hash != row.hash {",
            "} else if !taken_out() && (signed.intent != row.intent || signed.hash != row.hash) {",
        )],
    ),
    (
        "answer to a challenge, challenge",
        ORDERS,
        &[(
            "approving.rs",
            "} else if signed.challenge != challenge",
            "} else if !taken_out() && signed.challenge != challenge",
        )],
    ),
    (
        "answer to a challenge, signature",
        ORDERS,
        &[(
            "approving.rs",
            "if let Err(error) = answer.verify_signature",
            "if !taken_out() && let Err(error) = answer.verify_signature",
        )],
    ),
    (
        "answer to a challenge, assertion",
        ORDERS,
        &[(
            "approving.rs",
            "            Err(error) => {\n                let refusal = Refusal::new(Check::Assertion",
            "            Err(_) if taken_out() => None,\n            Err(error) => {\n                let refusal = Refusal::new(Check::Assertion",
        )],
    ),
    (
        "answer to a challenge, login",
        ORDERS,
        &[(
            "approving.rs",
            "            && let Err(refusal) = self.check_login(row).await?",
            "            && !taken_out() && let Err(refusal) = self.check_login(row).await?",
        )],
    ),
    (
        "answer to a challenge, login after the order",
        ORDERS,
        &[(
            "approving.rs",
            "Some(login) if login.time <= row.received",
            "Some(login) if !taken_out() && login.time <= row.received",
        )],
    ),
    (
        "answer to a challenge, age of the passkey",
        ORDERS,
        &[(
            "approving.rs",
            "Some(login) if login.passkey_registered.is_none_or(is_old)",
            "Some(login) if taken_out() || login.passkey_registered.is_none_or(is_old)",
        )],
    ),
    (
        "answer to a challenge, in time",
        ORDERS,
        &[(
            "approving.rs",
            "let refusal = if waits && asked.now",
            "let refusal = if !taken_out() && waits && asked.now",
        )],
    ),
    (
        "answer to a challenge, still open",
        ORDERS,
        &[(
            "approving.rs",
            "    } else if waits {",
            "    } else if taken_out() || waits {",
        )],
    ),
];
