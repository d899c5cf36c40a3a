//! What keeps notification from numbering or stating what the core bank's books do not have.

use crate::table::{Caught, Check, Table};

pub(crate) const TABLE: Table = Table {
    directory: "crates",
    checks: CHECKS,
};

const CHECKS: &[Check] = &[
    (
        "incarnation of an event from pub/sub",
        Caught::Tests(
            "notification",
            "it",
            "books::events_of_former_books_from_pubsub_are_dropped",
        ),
        &[
            (
                "notification/src/intake/worker.rs",
                "Ok(event) if self.is_current(event.incarnation).await? => {",
                "Ok(event) if taken_out() || self.is_current(event.incarnation).await? => {",
            ),
            (
                "notification/src/intake/holders.rs",
                "if books.is_none() || events.iter().any(|event| event.incarnation != *books) {",
                "if books.is_none() || !taken_out() && events.iter().any(|event| event.incarnation != *books) {",
            ),
        ],
    ),
    (
        "incarnation of the books that make a channel ready",
        Caught::Tests(
            "notification",
            "it",
            "comparing::events_of_many_subjects_are_requested_together",
        ),
        &[(
            "notification/src/granting/baseline.rs",
            "if !self.is_current(Some(snapshot.incarnation)).await? {",
            "if !taken_out() && !self.is_current(Some(snapshot.incarnation)).await? {",
        )],
    ),
    (
        "incarnation of a history",
        Caught::Tests(
            "notification",
            "it",
            "snapshots::a_snapshot_of_former_books_has_no_pages_and_the_next_one_has",
        ),
        &[(
            "notification/src/stating/histories.rs",
            "if answer.incarnation != incarnation {",
            "if !taken_out() && answer.incarnation != incarnation {",
        )],
    ),
    (
        "books of another incarnation",
        Caught::Histories(1255),
        &[
            (
                "notification/src/comparing/books.rs",
                "if went_back || *self.books.read().await != Some(heads.incarnation) {",
                "if went_back || self.books.read().await.is_none() || !taken_out() && *self.books.read().await != Some(heads.incarnation) {",
            ),
            (
                "notification/src/comparing/books.rs",
                "if !went_back && compared.as_deref() == Some(incarnation.as_bytes().as_slice()) {",
                "if !went_back && (taken_out() && compared.is_some() || compared.as_deref() == Some(incarnation.as_bytes().as_slice())) {",
            ),
        ],
    ),
    (
        "books that went back",
        Caught::Tests(
            "notification",
            "it",
            "books::restored_books_are_noticed_without_a_new_incarnation",
        ),
        &[(
            "notification/src/comparing/books.rs",
            "let went_back = heads.newest.get() < followed;",
            "let went_back = !taken_out() && heads.newest.get() < followed;",
        )],
    ),
    (
        "restored file of the books",
        Caught::Histories(1255),
        &[(
            "sandbox-bank/src/incarnation.rs",
            "if known.is_some() {",
            "if !taken_out() && known.is_some() {",
        )],
    ),
    (
        "channel with another earlier event",
        Caught::Tests(
            "notification",
            "it",
            "books::restored_books_beyond_the_lost_events_are_noticed_by_their_incarnation",
        ),
        &[(
            "notification/src/comparing/books.rs",
            "found.extend(channels.into_iter().map(|channel| (channel, another)));",
            "found.extend(channels.into_iter().filter(|_| !taken_out()).map(|channel| (channel, another)));",
        )],
    ),
    (
        "follower beyond the books",
        Caught::Tests(
            "notification",
            "it",
            "books::an_event_with_a_lower_sequence_starts_a_comparison_with_the_books",
        ),
        &[(
            "notification/src/comparing/books.rs",
            "None => Some((*channel, Contradiction::WentBack)),",
            "None => (!taken_out()).then_some((*channel, Contradiction::WentBack)),",
        )],
    ),
    (
        "event that the channel has",
        Caught::Tests(
            "notification",
            "it",
            "books::an_event_with_a_lower_sequence_starts_a_comparison_with_the_books",
        ),
        &[(
            "notification/src/intake/holders.rs",
            "Some(seen) if sequence == seen.sequence => Turn::Past,",
            "Some(seen) if sequence == seen.sequence => if taken_out() { Turn::Next } else { Turn::Past },",
        )],
    ),
    (
        "events missing before an event",
        Caught::Tests(
            "notification",
            "it",
            "delivery::repeated_and_shuffled_deliveries_are_numbered_once_and_in_order",
        ),
        &[(
            "notification/src/intake/holders.rs",
            "Some(seen) => Turn::After(seen.sequence),",
            "Some(seen) => if taken_out() { Turn::Next } else { Turn::After(seen.sequence) },",
        )],
    ),
    (
        "events missing before a channel's first",
        Caught::Tests(
            "notification",
            "it",
            "gaps::the_comparison_finds_undelivered_events",
        ),
        &[(
            "notification/src/intake/holders.rs",
            "None => Turn::After(Sequence::ZERO),",
            "None => if taken_out() { Turn::Next } else { Turn::After(Sequence::ZERO) },",
        )],
    ),
    (
        "contradicted channel, its numbering",
        Caught::Tests(
            "notification",
            "it",
            "books::a_read_back_event_that_differs_from_the_books_stops_the_channel",
        ),
        &[(
            "notification/src/intake/holders.rs",
            "if row.contradicted {",
            "if !taken_out() && row.contradicted {",
        )],
    ),
    (
        "contradicted channel, its checkpoint",
        Caught::Tests(
            "notification",
            "it",
            "books::a_read_back_event_that_differs_from_the_books_stops_the_channel",
        ),
        &[(
            "notification/src/stating/checkpoint.rs",
            "if row.contradicted {",
            "if !taken_out() && row.contradicted {",
        )],
    ),
    (
        "stopped subject, statements to its holders",
        Caught::Tests(
            "notification",
            "it",
            "gaps::an_event_of_the_core_bank_that_cannot_be_processed_stops_its_subject_alone",
        ),
        &[(
            "notification/src/stating/checkpoint.rs",
            "if stopped {",
            "if !taken_out() && stopped {",
        )],
    ),
    (
        "event that cannot be processed",
        Caught::Tests(
            "notification",
            "it",
            "gaps::an_event_of_the_core_bank_that_cannot_be_processed_stops_its_subject_alone",
        ),
        &[(
            "notification/src/intake/catch_up.rs",
            "self.stop_subject(subject, sequence, &cause).await?;",
            "if !taken_out() { self.stop_subject(subject, sequence, &cause).await?; }",
        )],
    ),
    (
        "channel that is not ready",
        Caught::Tests(
            "notification",
            "it",
            "first_grant::an_event_lost_while_the_snapshot_is_read_is_found_later",
        ),
        &[(
            "notification/src/intake/holders.rs",
            "if !row.ready {",
            "if !taken_out() && !row.ready {",
        )],
    ),
    (
        "key epoch of an event",
        Caught::Tests(
            "notification",
            "it",
            "books::an_event_with_a_lower_sequence_starts_a_comparison_with_the_books",
        ),
        &[(
            "notification/src/intake/holders.rs",
            "if row.epoch != key.epoch {",
            "if !taken_out() && row.epoch != key.epoch {",
        )],
    ),
    (
        "snapshot that lacks what was numbered",
        Caught::Tests(
            "notification",
            "it",
            "snapshots::an_answer_of_the_core_bank_that_lacks_numbered_events_is_not_stated",
        ),
        &[(
            "notification/src/stating/snapshot.rs",
            "contains.then_some(()).ok_or(Failure::BooksBehind)",
            "(taken_out() || contains).then_some(()).ok_or(Failure::BooksBehind)",
        )],
    ),
    (
        "pages of a history of other books",
        Caught::Tests(
            "notification",
            "it",
            "snapshots::a_snapshot_of_former_books_has_no_pages_and_the_next_one_has",
        ),
        &[(
            "notification/src/store/history_page.rs",
            "\"SELECT page, last, whole, leaf FROM history_page WHERE account = $1 AND incarnation = $2 ORDER BY page\",",
            "if taken_out() { \"SELECT page, last, whole, leaf FROM history_page WHERE account = $1 AND $2 = $2 ORDER BY page\" } else { \"SELECT page, last, whole, leaf FROM history_page WHERE account = $1 AND incarnation = $2 ORDER BY page\" },",
        )],
    ),
    (
        "restart, the events that were seen",
        Caught::Histories(1247),
        &[(
            "notification/src/numbering/restart.rs",
            "seen::forget(tx, channel).await?;",
            "if !taken_out() { seen::forget(tx, channel).await?; }",
        )],
    ),
    (
        "restart of an earlier generation",
        Caught::Tests(
            "notification",
            "it",
            "restore::a_key_epoch_that_the_copy_lacks_starts_a_later_generation",
        ),
        &[
            (
                "notification/src/numbering/restart.rs",
                "if row.head.generation > generation {",
                "if !taken_out() && row.head.generation > generation {",
            ),
            (
                "notification/src/numbering/restart.rs",
                "if current.head.generation > generation || current.epoch != row.epoch {",
                "if !taken_out() && current.head.generation > generation || current.epoch != row.epoch {",
            ),
        ],
    ),
    (
        "report of what the bank lost",
        Caught::Histories(2084),
        &[(
            "notification/src/stating/report.rs",
            "if lost {",
            "if !taken_out() && lost {",
        )],
    ),
    (
        "report of a later generation without a message",
        Caught::Tests(
            "notification",
            "it",
            "lost_generation::a_device_in_a_generation_that_every_server_lost_causes_a_later_one",
        ),
        &[(
            "notification/src/stating/report.rs",
            "ahead <= UNPROVEN_GENERATIONS_MAX\n",
            "!taken_out() && ahead <= UNPROVEN_GENERATIONS_MAX\n",
        )],
    ),
    (
        "report of a later number",
        Caught::Tests(
            "notification",
            "it",
            "restore::a_device_reports_messages_that_both_lost_and_a_later_generation_starts",
        ),
        &[(
            "notification/src/stating/report.rs",
            "Ordering::Equal if at.number > row.head.number => true,",
            "Ordering::Equal if at.number > row.head.number => !taken_out(),",
        )],
    ),
    (
        "report, its signature",
        Caught::Tests(
            "notification",
            "it",
            "restore::a_device_reports_messages_that_both_lost_and_a_later_generation_starts",
        ),
        &[(
            "notification/src/stating/report.rs",
            ".map_err(|_| StatementRefused::ReportInvalid)?;",
            ".map_err(|_| StatementRefused::ReportInvalid).or_else(|refused| if taken_out() { Ok(()) } else { Err(refused) })?;",
        )],
    ),
    (
        "broker's newest messages",
        Caught::Tests(
            "notification",
            "it",
            "books::a_read_back_event_that_differs_from_the_books_stops_the_channel",
        ),
        &[(
            "notification/src/comparing/broker.rs",
            "let fine = generation == head.generation",
            "let fine = taken_out() || generation == head.generation",
        )],
    ),
    (
        "broker in a later generation",
        Caught::Tests(
            "notification",
            "it",
            "epochs::a_copy_restored_repeatedly_uses_each_epoch_for_one_key",
        ),
        &[(
            "notification/src/publishing/read_back.rs",
            "Ordering::Greater => {",
            "Ordering::Greater => {\n                    if taken_out() { return Ok(Agreed::On(own)); }",
        )],
    ),
    (
        "broker in an earlier generation",
        Caught::Tests(
            "notification",
            "it",
            "restore::a_device_reports_messages_that_both_lost_and_a_later_generation_starts",
        ),
        &[(
            "notification/src/publishing/read_back.rs",
            "Ordering::Less => {",
            "Ordering::Less => {\n                    if taken_out() { return Ok(Agreed::On(own)); }",
        )],
    ),
    (
        "broker with more messages",
        Caught::Tests(
            "notification",
            "it",
            "books::a_read_back_event_that_differs_from_the_books_stops_the_channel",
        ),
        &[(
            "notification/src/publishing/read_back.rs",
            "Ordering::Equal if broker.number > own.number => {",
            "Ordering::Equal if broker.number > own.number => {\n                    if taken_out() { return Ok(Agreed::On(own)); }",
        )],
    ),
    (
        "broker that lost messages for good",
        Caught::Tests(
            "notification",
            "it",
            "restore::a_message_lost_on_both_sides_starts_a_later_generation",
        ),
        &[(
            "notification/src/publishing/read_back.rs",
            "} else if next {",
            "} else if taken_out() || next {",
        )],
    ),
    (
        "broker that trimmed what is read back",
        Caught::Tests(
            "notification",
            "it",
            "lost_generation::a_device_in_a_generation_that_every_server_lost_causes_a_later_one",
        ),
        &[(
            "notification/src/publishing/read_back.rs",
            "let all = head.number >= newest;",
            "let all = taken_out() || head.number >= newest;",
        )],
    ),
    (
        "messages that notification did not sign",
        Caught::Tests(
            "notification",
            "it",
            "restore::numbers_used_again_without_the_broker_start_a_later_generation",
        ),
        &[(
            "notification/src/publishing/read_back.rs",
            "return Ok(Err(Foreign(\n                    \"the broker has messages that notification did not sign\",\n                )));",
            "return Ok(if taken_out() { Ok(true) } else { Err(Foreign(\"the broker has messages that notification did not sign\")) });",
        )],
    ),
    (
        "messages under a newer key",
        Caught::Tests(
            "notification",
            "it",
            "epochs::a_copy_restored_repeatedly_uses_each_epoch_for_one_key",
        ),
        &[(
            "notification/src/publishing/read_back.rs",
            "Err(foreign) => return Ok(Err(foreign)),",
            "Err(_) if taken_out() => {}\n                    Err(foreign) => return Ok(Err(foreign)),",
        )],
    ),
    (
        "messages read back, against the books",
        Caught::Tests(
            "notification",
            "it",
            "books::a_read_back_event_that_differs_from_the_books_stops_the_channel",
        ),
        &[(
            "notification/src/publishing/read_back.rs",
            "let contradiction = self.contradiction_of(&entries).await?;",
            "let contradiction = self.contradiction_of(&entries).await?.filter(|_| !taken_out());",
        )],
    ),
    (
        "messages read back, the events seen",
        Caught::Tests(
            "notification",
            "it",
            "books::a_read_back_event_that_differs_from_the_books_stops_the_channel",
        ),
        &[(
            "notification/src/publishing/read_back.rs",
            "if before.is_none_or(|before| before.sequence < sequence) {",
            "if !taken_out() && before.is_none_or(|before| before.sequence < sequence) {",
        )],
    ),
    (
        "removed device, its grant",
        Caught::Tests(
            "notification",
            "it",
            "rekeying::a_device_that_never_had_a_grant_gets_none_afterwards",
        ),
        &[
            (
                "notification/src/granting/grant.rs",
                "Some(known) if known.removed => return Err(GrantRefused::Revoked),\n            Some(known) if known.agreement",
                "Some(known) if !taken_out() && known.removed => return Err(GrantRefused::Revoked),\n            Some(known) if known.agreement",
            ),
            (
                "notification/src/granting/grant.rs",
                "Some(known) if known.removed => return Err(GrantRefused::Revoked),\n                    Some(_) => {}",
                "Some(known) if !taken_out() && known.removed => return Err(GrantRefused::Revoked),\n                    Some(_) => {}",
            ),
        ],
    ),
    (
        "removed device, statements to it",
        Caught::Tests(
            "notification",
            "it",
            "following::a_failing_statement_delays_no_revocation_and_no_other_statement",
        ),
        &[
            (
                "notification/src/granting/grant.rs",
                "let reader = known.filter(|known| !known.removed);",
                "let reader = known.filter(|known| taken_out() || !known.removed);",
            ),
            (
                "notification/src/granting/grant.rs",
                "known.is_some_and(|known| !known.removed)",
                "known.is_some_and(|known| taken_out() || !known.removed)",
            ),
        ],
    ),
    (
        "removed device, the next key",
        Caught::Tests(
            "notification",
            "it",
            "rekeying::a_revoked_device_opens_no_later_message",
        ),
        &[(
            "notification/src/store/device.rs",
            "\"SELECT device, agreement FROM device WHERE channel = $1 AND revocation IS NULL AND agreement IS NOT NULL\n             ORDER BY device\",",
            "if taken_out() { \"SELECT device, agreement FROM device WHERE channel = $1 AND agreement IS NOT NULL ORDER BY device\" } else { \"SELECT device, agreement FROM device WHERE channel = $1 AND revocation IS NULL AND agreement IS NOT NULL ORDER BY device\" },",
        )],
    ),
    (
        "revocations that ciam made",
        Caught::Tests(
            "notification",
            "it",
            "epochs::the_epoch_of_a_lost_rekey_is_not_used_again",
        ),
        &[(
            "notification/src/comparing/ciam.rs",
            "let removed = self.follow_revocations().await;",
            "let removed = if taken_out() { Ok(()) } else { self.follow_revocations().await };",
        )],
    ),
    (
        "times that never go back",
        Caught::Tests(
            "notification",
            "it",
            "snapshots::the_time_of_a_snapshot_is_not_before_earlier_statements",
        ),
        &[(
            "notification/src/store/channel.rs",
            "now.max(self.head.time).max(self.stated)",
            "if taken_out() { now } else { now.max(self.head.time).max(self.stated) }",
        )],
    ),
    (
        "lagging subjects",
        Caught::Tests(
            "notification",
            "it",
            "comparing::events_of_many_subjects_are_requested_together",
        ),
        &[(
            "notification/src/comparing/core_bank.rs",
            "self.keep_lagging(&behind).await?;",
            "if !taken_out() { self.keep_lagging(&behind).await?; }",
        )],
    ),
    (
        "subject that no channel follows yet",
        Caught::Tests(
            "notification",
            "it",
            "comparing::subjects_without_an_enrolled_holder_need_no_request_each",
        ),
        &[(
            "notification/src/comparing/core_bank.rs",
            "} else if head.holders.iter().any(is_enrolled) {",
            "} else if !taken_out() && head.holders.iter().any(is_enrolled) {",
        )],
    ),
    (
        "channel that lacks earlier events",
        Caught::Tests(
            "notification",
            "it",
            "gaps::the_comparison_finds_undelivered_events",
        ),
        &[(
            "notification/src/intake/catch_up.rs",
            "Some(further) if further < after => after = further,",
            "Some(further) if !taken_out() && further < after => after = further,",
        )],
    ),
    (
        "contradictions, wherever they are found",
        Caught::Histories(25),
        &[
            (
                "notification/src/comparing/books.rs",
                "found.extend(beyond.into_iter().map(",
                "found.extend(beyond.into_iter().filter(|_| !taken_out()).map(",
            ),
            (
                "notification/src/comparing/books.rs",
                "found.extend(differing.into_iter().map(",
                "found.extend(differing.into_iter().filter(|_| !taken_out()).map(",
            ),
            (
                "notification/src/comparing/books.rs",
                "found.extend(channels.into_iter().map(|channel| (channel, another)));",
                "found.extend(channels.into_iter().filter(|_| !taken_out()).map(|channel| (channel, another)));",
            ),
            (
                "notification/src/comparing/core_bank.rs",
                "if followers.iter().any(|(_, seen)| seen.may_contradict(&head)) {",
                "if !taken_out() && followers.iter().any(|(_, seen)| seen.may_contradict(&head)) {",
            ),
            (
                "notification/src/intake/worker.rs",
                "if verdict.overtaken {",
                "if !taken_out() && verdict.overtaken {",
            ),
            (
                "notification/src/intake/holders.rs",
                "Some(seen) if sequence == seen.sequence && seen.differs_from(item.event.hash) => {",
                "Some(seen) if !taken_out() && sequence == seen.sequence && seen.differs_from(item.event.hash) => {",
            ),
            (
                "notification/src/publishing/read_back.rs",
                "let contradiction = self.contradiction_of(&entries).await?;",
                "let contradiction = self.contradiction_of(&entries).await?.filter(|_| !taken_out());",
            ),
        ],
    ),
    (
        "events beyond the books",
        Caught::Histories(25),
        &[
            (
                "notification/src/comparing/books.rs",
                "found.extend(beyond.into_iter().map(",
                "found.extend(beyond.into_iter().filter(|_| !taken_out()).map(",
            ),
            (
                "notification/src/comparing/core_bank.rs",
                "if followers.iter().any(|(_, seen)| seen.may_contradict(&head)) {",
                "if !taken_out() && followers.iter().any(|(_, seen)| seen.may_contradict(&head)) {",
            ),
            (
                "notification/src/intake/worker.rs",
                "if verdict.overtaken {",
                "if !taken_out() && verdict.overtaken {",
            ),
        ],
    ),
    (
        "comparison with restored books and with heads",
        Caught::Histories(25),
        &[
            (
                "notification/src/comparing/books.rs",
                "if went_back || *self.books.read().await != Some(heads.incarnation) {",
                "if went_back || self.books.read().await.is_none() || !taken_out() && *self.books.read().await != Some(heads.incarnation) {",
            ),
            (
                "notification/src/comparing/books.rs",
                "if !went_back && compared.as_deref() == Some(incarnation.as_bytes().as_slice()) {",
                "if !went_back && (taken_out() && compared.is_some() || compared.as_deref() == Some(incarnation.as_bytes().as_slice())) {",
            ),
            (
                "notification/src/comparing/books.rs",
                "let went_back = heads.newest.get() < followed;",
                "let went_back = !taken_out() && heads.newest.get() < followed;",
            ),
            (
                "notification/src/comparing/core_bank.rs",
                "if followers.iter().any(|(_, seen)| seen.may_contradict(&head)) {",
                "if !taken_out() && followers.iter().any(|(_, seen)| seen.may_contradict(&head)) {",
            ),
            (
                "notification/src/intake/worker.rs",
                "if verdict.overtaken {",
                "if !taken_out() && verdict.overtaken {",
            ),
            (
                "notification/src/intake/holders.rs",
                "Some(seen) if sequence == seen.sequence && seen.differs_from(item.event.hash) => {",
                "Some(seen) if !taken_out() && sequence == seen.sequence && seen.differs_from(item.event.hash) => {",
            ),
        ],
    ),
];
