//! What keeps a device from saying that it is complete while it shows something else than the bank has.

use crate::table::{Caught, Check, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    (
        "what needs the person ends when the passbook is locked",
        Caught::Tests("client", "it", "persons::locking_ends"),
        &[(
            "client/src/owner.rs",
            "                    under_way.lock();",
            "                    if !taken_out() { under_way.lock(); }",
        )],
    ),
    (
        "chain, the next number",
        Caught::Tests("client", "it", "adversary::omitted"),
        &[(
            "envelope/src/chain.rs",
            "    for message in &new {\n        if message.number",
            "    for message in &new {\n        if !taken_out() && message.number",
        )],
    ),
    (
        "chain, its times",
        Caught::Tests("client", "it", "adversary::time_that_goes_back"),
        &[(
            "envelope/src/chain.rs",
            "if message.time < head.time {",
            "if !taken_out() && message.time < head.time {",
        )],
    ),
    (
        "chain, its hash",
        Caught::Tests(
            "client",
            "it",
            "adversary::a_discrepancy_is_repaired_after_a_restart",
        ),
        &[(
            "envelope/src/chain.rs",
            "        .bytes(message.body.hash().as_bytes());\n    Hash::of(&writer.finish())",
            "        .bytes(message.body.hash().as_bytes());\n    if taken_out() { return *before; }\n    Hash::of(&writer.finish())",
        )],
    ),
    (
        "chain, the signature of its head",
        Caught::Tests(
            "client",
            "it",
            "adversary::a_discrepancy_is_repaired_after_a_restart",
        ),
        &[(
            "envelope/src/chain.rs",
            "head.verify(&newest.signature, kind, trust)?;",
            "if !taken_out() { head.verify(&newest.signature, kind, trust)?; }",
        )],
    ),
    (
        "key epochs of messages",
        Caught::Tests("client", "it", "adversary::an_entry_under_another_epoch"),
        &[(
            "client/src/receive.rs",
            "epoch = follow_epoch(epoch, message).map_err(|error| self.fault(&error, now))?;",
            "epoch = match follow_epoch(epoch, message) {\n                Err(_) if taken_out() => epoch,\n                followed => followed.map_err(|error| self.fault(&error, now))?,\n            };",
        )],
    ),
    (
        "expired trust list",
        Caught::Tests(
            "client",
            "it",
            "enrolment::an_expired_trust_list_enrols_nobody",
        ),
        &[(
            "client/src/state.rs",
            "if self.trust.list.is_expired(",
            "if !taken_out() && self.trust.list.is_expired(",
        )],
    ),
    (
        "older trust list",
        Caught::Tests(
            "client",
            "it",
            "statements::an_earlier_trust_list_proves_nothing",
        ),
        &[(
            "envelope/src/trust.rs",
            "if list.version < current.version {",
            "if !taken_out() && list.version < current.version {",
        )],
    ),
    (
        "checkpoint, its signature",
        Caught::Tests(
            "client",
            "it",
            "statements::a_checkpoint_that_the_bank_did_not_sign_is_forged",
        ),
        &[(
            "envelope/src/checkpoint.rs",
            "trust.verify(&sign1, Purpose::Head, checkpoint.time)?;",
            "if !taken_out() { trust.verify(&sign1, Purpose::Head, checkpoint.time)?; }",
        )],
    ),
    (
        "checkpoint, its nonce",
        Caught::Tests(
            "client",
            "it",
            "statements::a_checkpoint_that_answers_another_nonce_is_stale",
        ),
        &[(
            "envelope/src/checkpoint.rs",
            "if checkpoint.nonce != nonce {",
            "if !taken_out() && checkpoint.nonce != nonce {",
        )],
    ),
    (
        "checkpoint, its time",
        Caught::Tests(
            "client",
            "it",
            "statements::a_checkpoint_whose_time_goes_back_is_stale",
        ),
        &[
            (
                "envelope/src/checkpoint.rs",
                "if last.is_some_and(|last| self.time < last) {",
                "if !taken_out() && last.is_some_and(|last| self.time < last) {",
            ),
            (
                "envelope/src/checkpoint.rs",
                "if ordering != Ordering::Less && self.time < own.time {",
                "if !taken_out() && ordering != Ordering::Less && self.time < own.time {",
            ),
        ],
    ),
    (
        "checkpoint of a later generation",
        Caught::Histories(1119),
        &[(
            "envelope/src/checkpoint.rs",
            "if self.generation > own.generation {",
            "if !taken_out() && self.generation > own.generation {",
        )],
    ),
    (
        "checkpoint of a lower number",
        Caught::Tests(
            "client",
            "it",
            "generation::a_device_reports_messages_that_the_bank_lost",
        ),
        &[(
            "envelope/src/checkpoint.rs",
            "Ordering::Less => Judgement::Below,",
            "Ordering::Less => if taken_out() { Judgement::Complete } else { Judgement::Below },",
        )],
    ),
    (
        "checkpoint of a higher number",
        Caught::Tests("client", "it", "adversary::withheld"),
        &[(
            "envelope/src/checkpoint.rs",
            "Ordering::Greater => Judgement::Withheld,",
            "Ordering::Greater => if taken_out() { Judgement::Complete } else { Judgement::Withheld },",
        )],
    ),
    (
        "checkpoint of another hash",
        Caught::Histories(1119),
        &[(
            "envelope/src/checkpoint.rs",
            "Ordering::Equal if self.hash == own.hash => Judgement::Complete,",
            "Ordering::Equal if taken_out() || self.hash == own.hash => Judgement::Complete,",
        )],
    ),
    (
        "checkpoint that contradicts an earlier one",
        Caught::Tests(
            "client",
            "it",
            "statements::a_discrepancy_about_stored_data_ends_completeness_at_once",
        ),
        &[(
            "client/src/checkpoint.rs",
            "received.satisfied_at = None;",
            "if !taken_out() { received.satisfied_at = None; }",
        )],
    ),
    (
        "complete, without history",
        Caught::Tests("client", "it", "snapshots::an_altered_page"),
        &[(
            "client/src/state.rs",
            "            || self.lacks_history()",
            "            || !taken_out() && self.lacks_history()",
        )],
    ),
    (
        "complete, with an open discrepancy",
        Caught::Tests(
            "client",
            "it",
            "rolled_back::its_store_opens_and_unknown_elements_are_kept",
        ),
        &[(
            "client/src/state.rs",
            "!self.is_contradicted();",
            "(taken_out() || !self.is_contradicted());",
        )],
    ),
    (
        "complete, while messages wait",
        Caught::Tests("client", "it", "grants::a_revoked_device_reads_nothing_new"),
        &[(
            "client/src/state.rs",
            "let arrived = !self.waiting",
            "let arrived = (taken_out() || !self.waiting)",
        )],
    ),
    (
        "complete, for 15 minutes",
        Caught::Tests(
            "client",
            "it",
            "clocks::complete_lapses_whatever_the_clock_says",
        ),
        &[(
            "client/src/state.rs",
            ".is_some_and(|since| now.ms_since(since) <= COMPLETE_MS)",
            ".is_some_and(|since| taken_out() || now.ms_since(since) <= COMPLETE_MS)",
        )],
    ),
    (
        "complete, without arrangements",
        Caught::Tests(
            "client",
            "lib",
            "arrangements::a_store_of_an_earlier_version_takes_a_snapshot",
        ),
        &[(
            "client/src/state.rs",
            "half_taken || self.known.lacks_arrangements()",
            "half_taken || !taken_out() && self.known.lacks_arrangements()",
        )],
    ),
    (
        "complete, with an account without its state",
        Caught::Tests(
            "client",
            "it",
            "projection::an_account_comes_and_goes_with_its_holder",
        ),
        &[(
            "client/src/book.rs",
            "(self.state.is_none() ||",
            "(!taken_out() && self.state.is_none() ||",
        )],
    ),
    (
        "snapshot, its nonce",
        Caught::Tests(
            "client",
            "it",
            "snapshots::a_forged_snapshot_changes_nothing",
        ),
        &[(
            "envelope/src/snapshot.rs",
            "if snapshot.nonce != nonce {",
            "if !taken_out() && snapshot.nonce != nonce {",
        )],
    ),
    (
        "snapshot, its signature",
        Caught::Tests(
            "client",
            "it",
            "enrolment::parts_that_the_bank_did_not_sign_are_not_used_for_enrolment",
        ),
        &[(
            "envelope/src/snapshot.rs",
            "trust.verify(&sign1, Purpose::Head, snapshot.time)?;",
            "if !taken_out() { trust.verify(&sign1, Purpose::Head, snapshot.time)?; }",
        )],
    ),
    (
        "snapshot of an earlier generation",
        Caught::Tests(
            "client",
            "it",
            "enrolment::parts_that_the_bank_did_not_sign_are_not_used_for_enrolment",
        ),
        &[(
            "envelope/src/snapshot.rs",
            "if counts.is_some_and(|counts| self.generation < counts) {",
            "if !taken_out() && counts.is_some_and(|counts| self.generation < counts) {",
        )],
    ),
    (
        "snapshot of other books",
        Caught::Histories(2060),
        &[(
            "client/src/snapshot.rs",
            "other_books: books.known.incarnation != Some(snapshot.incarnation),",
            "other_books: !taken_out() && books.known.incarnation != Some(snapshot.incarnation),",
        )],
    ),
    (
        "snapshot that lacks entries of the device",
        Caught::Tests(
            "client",
            "it",
            "restored::restored_books_in_the_same_incarnation_are_named",
        ),
        &[(
            "client/src/adopt.rs",
            "if newest > item.sequence && self.is_behind(",
            "if !taken_out() && newest > item.sequence && self.is_behind(",
        )],
    ),
    (
        "snapshot, all of its parts",
        Caught::Tests(
            "client",
            "it",
            "size::a_customer_with_very_many_accounts_and_payees_is_read_in_parts",
        ),
        &[(
            "client/src/snapshot.rs",
            "let done = match taking.reader.is_complete(&taking.source.snapshot) {",
            "let done = match taken_out() || taking.reader.is_complete(&taking.source.snapshot) {",
        )],
    ),
    (
        "accounts that a snapshot lacks",
        Caught::Tests(
            "client",
            "it",
            "restored::an_account_that_the_new_books_lack_is_kept_for_its_withdrawn_entries",
        ),
        &[(
            "client/src/adopt.rs",
            "            .filter(left)\n",
            "            .filter(|book| !taken_out() && left(book))\n",
        )],
    ),
    (
        "arrangements that a snapshot lacks",
        Caught::Tests(
            "client",
            "lib",
            "arrangements::a_gap_in_the_customers_events_is_noticed_and_filled",
        ),
        &[(
            "client/src/adopt.rs",
            "let unstated = stage.drop_unstated(",
            "let unstated = !taken_out() && stage.drop_unstated(",
        )],
    ),
    (
        "entries of an account, of former books",
        Caught::Tests(
            "client",
            "it",
            "restored::a_device_shows_the_restored_books_and_marks_withdrawn_entries",
        ),
        &[(
            "client/src/past.rs",
            "book.sweep |= known;",
            "book.sweep |= known && !taken_out();",
        )],
    ),
    (
        "entries of an account that other books lack",
        Caught::Tests(
            "client",
            "it",
            "restored::an_account_that_the_new_books_lack_is_kept_for_its_withdrawn_entries",
        ),
        &[(
            "client/src/past.rs",
            "book.sweep = true;",
            "book.sweep = !taken_out();",
        )],
    ),
    (
        "account that other books lack",
        Caught::Tests(
            "client",
            "it",
            "restored::an_account_that_the_new_books_lack_is_kept_for_its_withdrawn_entries",
        ),
        &[(
            "client/src/past.rs",
            "book.held = false;",
            "book.held = taken_out();",
        )],
    ),
    (
        "ids in the pages",
        Caught::Histories(2045),
        &[(
            "client/src/past.rs",
            "            if sweep {",
            "            if !taken_out() && sweep {",
        )],
    ),
    (
        "booking that other books lack",
        Caught::Tests(
            "client",
            "lib",
            "judge::tests::each_entry_has_the_outcome_of_the_vectors",
        ),
        &[(
            "client/src/judge.rs",
            "(true, false) => Outcome::Withdrawn,",
            "(true, false) => if taken_out() { Outcome::Past } else { Outcome::Withdrawn },",
        )],
    ),
    (
        "booking that was withdrawn before",
        Caught::Tests(
            "client",
            "lib",
            "judge::tests::each_entry_has_the_outcome_of_the_vectors",
        ),
        &[(
            "client/src/judge.rs",
            "(EntryState::Withdrawn, _) => Ok(Outcome::Withdrawn),",
            "(EntryState::Withdrawn, _) if !taken_out() => Ok(Outcome::Withdrawn),\n        (EntryState::Withdrawn, _) => Ok(Outcome::Past),",
        )],
    ),
    (
        "history that was begun",
        Caught::Tests(
            "client",
            "it",
            "size::a_snapshot_in_progress_continues_after_a_restart",
        ),
        &[(
            "client/src/past.rs",
            "            && book.missing.is_none();",
            "            && (taken_out() || book.missing.is_none());",
        )],
    ),
    (
        "history behind a gap",
        Caught::Tests(
            "client",
            "it",
            "projection::a_gap_in_an_accounts_events_is_filled_from_the_bank",
        ),
        &[(
            "client/src/past.rs",
            "            && !book.gap\n",
            "            && (taken_out() || !book.gap)\n",
        )],
    ),
    (
        "history of what a snapshot is ahead of",
        Caught::Tests(
            "client",
            "it",
            "adversary::a_discrepancy_is_repaired_after_a_restart",
        ),
        &[(
            "client/src/past.rs",
            "            && row.sequence <= book.sequence\n",
            "            && (taken_out() || row.sequence <= book.sequence)\n",
        )],
    ),
    (
        "entry that the balances include",
        Caught::Tests(
            "client",
            "it",
            "snapshots::entries_that_a_snapshot_includes_are_stored_and_not_counted_again",
        ),
        &[(
            "client/src/stage.rs",
            "            if sequence <= book.sequence {",
            "            if !taken_out() && sequence <= book.sequence {",
        )],
    ),
    (
        "gap in an account's events",
        Caught::Tests(
            "client",
            "it",
            "projection::a_gap_in_an_accounts_events_is_filled_from_the_bank",
        ),
        &[(
            "client/src/stage.rs",
            "if known && sequence != book.sequence.next() {",
            "if !taken_out() && known && sequence != book.sequence.next() {",
        )],
    ),
    (
        "gap in the customer's events",
        Caught::Tests(
            "client",
            "lib",
            "arrangements::a_gap_in_the_customers_events_is_noticed_and_filled",
        ),
        &[(
            "client/src/stage.rs",
            "if known.arranged.is_some() && sequence > known.customer.next() {",
            "if !taken_out() && known.arranged.is_some() && sequence > known.customer.next() {",
        )],
    ),
    (
        "executed order whose booking has not arrived",
        Caught::Tests(
            "client",
            "lib",
            "arrangements::an_order_whose_booking_arrived_before_it_is_not_pending_once_it_is_executed",
        ),
        &[(
            "client/src/arranging.rs",
            "Some(known) if !known.booked &&",
            "Some(known) if !taken_out() && !known.booked &&",
        )],
    ),
    (
        "executed order whose booking the balances include",
        Caught::Tests(
            "client",
            "lib",
            "arrangements::an_order_whose_booking_arrived_before_it_is_not_pending_once_it_is_executed",
        ),
        &[(
            "client/src/arranging.rs",
            "!self.includes_booking(&known, entry)",
            "(taken_out() || !self.includes_booking(&known, entry))",
        )],
    ),
    (
        "orders that are newer than their snapshot",
        Caught::Tests(
            "client",
            "lib",
            "arrangements::an_amount_whose_booking_a_snapshot_contains_is_not_pending",
        ),
        &[(
            "client/src/adopt.rs",
            "            stage.pass_over_orders()?;",
            "            if !taken_out() { stage.pass_over_orders()?; }",
        )],
    ),
    (
        "message without its key",
        Caught::Tests("client", "it", "grants::a_forged_grant"),
        &[(
            "client/src/project.rs",
            "return Ok(Step::Stuck);",
            "return Ok(if taken_out() { Step::Projected } else { Step::Stuck });",
        )],
    ),
    (
        "message that does not open",
        Caught::Tests(
            "client",
            "it",
            "projection::a_body_sealed_for_another_position_does_not_open",
        ),
        &[(
            "client/src/project.rs",
            "            Err(error) => {\n                stage.found.push((error.name(), at));\n                stage.put(",
            "            Err(error) => {\n                if !taken_out() { stage.found.push((error.name(), at)); }\n                stage.put(",
        )],
    ),
    (
        "holder who was removed",
        Caught::Tests(
            "client",
            "it",
            "projection::an_account_comes_and_goes_with_its_holder",
        ),
        &[(
            "client/src/stage.rs",
            "EntryKind::HolderRemoved => self.forget(account),",
            "EntryKind::HolderRemoved => if !taken_out() { self.forget(account) },",
        )],
    ),
    (
        "rekey, its grant",
        Caught::Tests("client", "it", "grants::a_forged_grant"),
        &[(
            "client/src/project.rs",
            "            Err(error) => stage.found.push((error.name(), at)),",
            "            Err(error) => if !taken_out() { stage.found.push((error.name(), at)) },",
        )],
    ),
    (
        "device that the new key leaves out",
        Caught::Tests(
            "client",
            "it",
            "grants::messages_that_wait_for_a_key_are_projected_when_it_arrives",
        ),
        &[(
            "client/src/project.rs",
            "                stage\n                    .found\n                    .push(((Discrepancy::Revoked, error.reason()), at));",
            "                if !taken_out() { stage.found.push(((Discrepancy::Revoked, error.reason()), at)); }",
        )],
    ),
    (
        "snapshot under another key of the same epoch",
        Caught::Tests(
            "client",
            "it",
            "generation::a_snapshot_under_another_key_of_an_epoch_that_the_device_has_brings_the_key",
        ),
        &[(
            "client/src/snapshot.rs",
            "if held.is_some() && is_under_another_key(&found) =>",
            "if !taken_out() && held.is_some() && is_under_another_key(&found) =>",
        )],
    ),
    (
        "report of a discrepancy",
        Caught::Tests(
            "client",
            "it",
            "adversary::a_broker_that_lags_is_waited_for_and_named",
        ),
        &[(
            "client/src/mend.rs",
            "    !found.reported &&",
            "    !taken_out() && !found.reported &&",
        )],
    ),
    (
        "complete, while something is to be settled",
        Caught::Histories(26),
        &[
            (
                "client/src/state.rs",
                "        self.taking.is_some()\n",
                "        !taken_out() && self.taking.is_some()\n",
            ),
            (
                "client/src/state.rs",
                "|| self.known.sweep.is_some()",
                "|| !taken_out() && self.known.sweep.is_some()",
            ),
            (
                "client/src/state.rs",
                "|| self.needs_snapshot()",
                "|| !taken_out() && self.needs_snapshot()",
            ),
            (
                "client/src/state.rs",
                "            || self.lacks_history()",
                "            || !taken_out() && self.lacks_history()",
            ),
        ],
    ),
    (
        "complete, with an account or arrangements that no snapshot contained",
        Caught::Histories(39),
        &[
            (
                "client/src/book.rs",
                "(self.state.is_none() ||",
                "(!taken_out() && self.state.is_none() ||",
            ),
            (
                "client/src/state.rs",
                "half_taken || self.known.lacks_arrangements()",
                "half_taken || !taken_out() && self.known.lacks_arrangements()",
            ),
        ],
    ),
    (
        "history that is not read",
        Caught::Histories(1157),
        &[
            (
                "client/src/past.rs",
                "            && book.missing.is_none();",
                "            && (taken_out() || book.missing.is_none());",
            ),
            (
                "client/src/past.rs",
                "            && !book.gap\n",
                "            && (taken_out() || !book.gap)\n",
            ),
            (
                "client/src/past.rs",
                "            && row.sequence <= book.sequence\n",
                "            && (taken_out() || row.sequence <= book.sequence)\n",
            ),
        ],
    ),
];
