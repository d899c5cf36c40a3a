//! Public error codes: numbered, append-only. `docs/errors.md` is generated from this table.

macro_rules! error_codes {
    ($($(#[$meta:meta])* $name:ident = $number:literal, $status:literal, $slug:literal, $hint:literal;)*) => {
        /// A stable code that identifies an error for the client.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum ErrorCode {
            $($(#[$meta])* $name,)*
        }

        /// Every code, ordered by number.
        pub const ERROR_CODES: &[ErrorCode] = &[$(ErrorCode::$name,)*];

        impl ErrorCode {
            /// The number. It is never reused.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $number,)* }
            }

            /// The code with this number. `None` if this version does not know it.
            #[must_use]
            pub fn from_number(number: u16) -> Option<Self> {
                ERROR_CODES.iter().copied().find(|code| code.number() == number)
            }

            /// The HTTP status of answers with this code.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// The name in a problem's `type`. It is as stable as the number.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// What the client should do about the error.
            #[must_use]
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$name => $hint,)* }
            }
        }
    };
}

error_codes! {
    Malformed = 1001, 400, "malformed", "Compare the request with docs/protocol.md.";
    TooLarge = 1002, 413, "too_large", "Send less at once; a body may have 1 MiB, and 16 KiB in requests for an enrolment, a code or a revocation.";
    WrongContentType = 1003, 415, "wrong_content_type", "Send application/json, or a form where the page says so.";
    NotFound = 1004, 404, "not_found", "Check the path.";
    MethodNotAllowed = 1005, 405, "method_not_allowed", "Check the method.";
    Overloaded = 1006, 503, "overloaded", "Try again after the seconds in Retry-After.";
    Unavailable = 1007, 503, "unavailable", "A part of the bank is unavailable; try again after the seconds in Retry-After.";
    Internal = 1008, 500, "internal", "This is a fault of the bank; its log has the details under the instance.";
    Timeout = 1009, 408, "timeout", "The request took too long to arrive; send it again.";
    NotAcceptable = 1010, 406, "not_acceptable", "Accept application/json or application/cbor.";
    HeadTooLarge = 1011, 431, "head_too_large", "Send a shorter request line and headers; the limits are 16 KiB and 100 headers.";
    TooManyRequests = 1012, 429, "too_many_requests", "Too much was asked from this address without a valid token; try again after the seconds in Retry-After.";
    TlsRequired = 1013, 426, "tls_required", "Connect by HTTPS; what was sent in plain HTTP may have been read by others.";
    TokenMissing = 2001, 401, "token_missing", "Send Authorization: DPoP with the channel token.";
    TokenInvalid = 2002, 401, "token_invalid", "Enrol again for a new token.";
    TokenExpired = 2003, 401, "token_expired", "Log in for a new token, or enrol again; the data on the device stays readable.";
    ProofMissing = 2004, 401, "proof_missing", "Send a DPoP proof for this request.";
    ProofInvalid = 2005, 401, "proof_invalid", "Make the proof with the session key, for this method, URL and token.";
    UseDpopNonce = 2006, 401, "use_dpop_nonce", "Repeat the request with the nonce of the DPoP-Nonce header.";
    ProofReplayed = 2007, 401, "proof_replayed", "Make a new proof for each request.";
    TooManyProofs = 2008, 429, "too_many_proofs", "Wait for the seconds in Retry-After; a device may make four requests a second, and 256 at once after a pause.";
    DeviceRevoked = 2009, 401, "device_revoked", "This device was removed; enrol it again with a new code.";
    OperatorTokenInvalid = 2010, 401, "operator_token_invalid", "Send Authorization: Bearer with the operator token of the data directory.";
    RevocationsUnknown = 2011, 503, "revocations_unknown", "This node cannot learn which devices were revoked; try again after the seconds in Retry-After.";
    EnrolmentExpired = 2012, 403, "enrolment_expired", "The device was enrolled 400 days ago or more; enrol it again with a new code.";
    TokenOfAnotherType = 2013, 401, "token_of_another_type", "Send the channel token; no other type of token is accepted here.";
    LoginRequired = 2014, 401, "login_required", "Log in on this device, and send the access token where the route is for people; WWW-Authenticate says how recent the login must be.";
    AccessTokenExpired = 2015, 401, "access_token_expired", "Refresh the session for a new access token.";
    SessionEnded = 2016, 401, "session_ended", "The session has ended, or is another device's; log in again.";
    CustomerStopped = 2017, 401, "customer_stopped", "The customer stopped everything, on this device or another; ask the bank to undo it, then enrol again with a new code.";
    ProviderLoginRefused = 2018, 403, "provider_login_refused", "Log in at the bank's login provider again, as the customer; if that is refused, too, the bank knows why.";
    ProviderUnavailable = 2019, 503, "provider_unavailable", "The bank's login provider does not answer; try again after the seconds in Retry-After.";
    LoginElsewhere = 2020, 403, "login_elsewhere", "This bank has people log in at its login provider: POST /v1/login/provider/challenge.";
    ScopeMissing = 2021, 403, "scope_missing", "The person did not allow the client this; ask for the scope in a new authorization.";
    StaffForbidden = 2030, 403, "staff_forbidden", "The bank's policies do not let your roles do this; somebody in another role can.";
    StaffSessionEnded = 2031, 401, "staff_session_ended", "Log in again with `passbook staff login`.";
    StaffLoginNeeded = 2032, 403, "staff_login_needed", "The bank has staff, so the operator token acts on no customer; log in with `passbook staff login` and use `passbook staff`.";
    RiskRulesInvalid = 2100, 422, "risk_rules_invalid", "The rule set cannot decide; the detail names the rule and what is wrong with it.";
    RiskStepRefused = 2101, 409, "risk_step_refused", "The version or the case may not take this step; the detail says why.";
    RiskUnknown = 2102, 404, "risk_unknown", "Check the version, or the decision's id; `passbook risk rules` and `passbook risk cases` list them.";
    RiskEntryInvalid = 2103, 422, "risk_entry_invalid", "The list cannot have this entry; the detail says why.";
    ChannelForbidden = 3001, 403, "channel_forbidden", "Use a channel that the token lists.";
    ChannelUnknown = 3002, 404, "channel_unknown", "Check the channel's id.";
    NumberNotNext = 3003, 409, "number_not_next", "Send the message whose number follows the newest number in this answer.";
    MessageDiffers = 3004, 409, "message_differs", "Another message has this number; compare it with the newest in this answer.";
    MessageInvalid = 3005, 400, "message_invalid", "Compare the message with docs/protocol.md.";
    GenerationMismatch = 3006, 409, "generation_mismatch", "Use the generation in this answer.";
    ChannelKindDiffers = 3007, 409, "channel_kind_differs", "Open the channel with the kind that it has.";
    TooManyChannels = 3008, 400, "too_many_channels", "Ask for at most 16 channels.";
    ChallengeUnknown = 4001, 400, "challenge_unknown", "Ask for a new challenge and answer it within five minutes.";
    EnrolmentInvalid = 4002, 400, "enrolment_invalid", "Prove possession of all three keys over the same enrolment.";
    CodeInvalid = 4003, 403, "code_invalid", "Check the activation code, or ask the bank for a new one.";
    CodeExpired = 4004, 403, "code_expired", "Ask the bank for a new activation code.";
    CodeExhausted = 4005, 403, "code_exhausted", "Too many wrong codes; ask the bank for a new one.";
    CodeUsed = 4006, 403, "code_used", "This code was used by another device; refuse that one on your device if your device made the code, and ask for a new code.";
    DeviceConflict = 4007, 409, "device_conflict", "Another device has this id; make a new one.";
    DeviceUnknown = 4008, 404, "device_unknown", "Check the device's id.";
    TooManyDevices = 4009, 409, "too_many_devices", "A customer has at most 64 devices; remove one first.";
    CustomerUnknown = 4010, 404, "customer_unknown", "Check the customer number.";
    LoginRefused = 4011, 403, "login_refused", "The login was not accepted; ask for a new challenge, and use a passkey of this customer, or the password with a new code.";
    LoginLocked = 4012, 429, "login_locked", "Too many logins were refused; try again after the seconds in Retry-After, or ask the bank.";
    PasskeyInvalid = 4013, 400, "passkey_invalid", "Make the passkey with the options of this challenge; the detail names the check that failed.";
    PasskeyUnknown = 4014, 404, "passkey_unknown", "The customer has no such passkey.";
    PasskeyConflict = 4015, 409, "passkey_conflict", "This credential is registered already; make a new passkey.";
    TooManyPasskeys = 4016, 409, "too_many_passkeys", "The customer has as many passkeys as are allowed; remove one first.";
    SessionUnknown = 4017, 404, "session_unknown", "The customer has no such session.";
    EnrolmentStopped = 4018, 409, "enrolment_stopped", "The customer stopped everything, so no device is enrolled; ask the bank to undo it and for a new code.";
    EnrolmentAwaited = 4019, 409, "enrolment_awaited", "Approve the device on the one that made the code, with the number that the new one shows, then repeat the request.";
    ComparisonDiffers = 4020, 403, "comparison_differs", "The number is not the waiting device's, which is refused now; make a new code if the device is yours.";
    AuthorizationUnknown = 4021, 404, "authorization_unknown", "The authorization has ended, or was begun in another browser; begin again at the app that asked for it.";
    ConsentUnknown = 4022, 404, "consent_unknown", "The customer gave this client no consent.";
    PasswordRefused = 4023, 400, "password_refused", "The detail says why; choose another password.";
    OneTimeCodeWrong = 4024, 403, "one_time_code_wrong", "The code is not the authenticator's, or not the present one; wait for the next code, and check the clock of its device.";
    PasswordUnknown = 4025, 404, "password_unknown", "The customer has no password.";
    StaffCodeInvalid = 4030, 403, "staff_code_invalid", "The code is wrong, was used, or has expired; an administrator gives another one.";
    StaffExists = 4031, 409, "staff_exists", "The bank has an administrator: log in as staff with `passbook staff login`.";
    StaffUnknown = 4032, 404, "staff_unknown", "Check the staff member's id; `passbook staff list` has them.";
    LastAdministrator = 4033, 409, "last_administrator", "Make another administrator first: nobody could make staff any more.";
    ProposalUnknown = 4034, 404, "proposal_unknown", "Check the proposal's id; those that expired are forgotten.";
    ProposalAnswered = 4035, 409, "proposal_answered", "Somebody else answered the proposal, or it expired; propose the act again if it is still needed.";
    OwnProposal = 4036, 403, "own_proposal", "Somebody else has to approve what you proposed.";
    LogoutTokenInvalid = 4037, 400, "logout_token_invalid", "The login provider sends a new logout token; the detail names the check that failed.";
    AccountUnknown = 5001, 404, "account_unknown", "Check the account's id.";
    TransactionConflict = 5002, 409, "transaction_conflict", "This transaction id was booked with different content; use a new id.";
    InsufficientFunds = 5003, 409, "insufficient_funds", "The available balance is too low for this amount.";
    AmountOutOfRange = 5004, 400, "amount_out_of_range", "The balance or the amount would exceed the range of the books.";
    CurrencyMismatch = 5005, 400, "currency_mismatch", "Book in the account's currency.";
    AccountConflict = 5006, 409, "account_conflict", "This id exists with different content; use a new id.";
    SnapshotUnknown = 6001, 404, "snapshot_unknown", "Ask for a new snapshot, then for its pages.";
    ReportInvalid = 6002, 400, "report_invalid", "Send a report that carries the newest head with the bank's signature.";
    BooksInRepair = 6003, 503, "books_in_repair", "The bank is repairing its books after a restore or a fault; the data on the device stays readable.";
    TrustListMissing = 7001, 503, "trust_list_missing", "The root has signed no list of keys yet: nothing can be signed. See docs/runbooks/keys.md.";
    TrustListExpired = 7002, 503, "trust_list_expired", "The root has to sign a new list of keys. See docs/runbooks/keys.md.";
    DatabaseStopped = 7003, 503, "database_stopped", "The process ends and has to be started again; the log says what failed.";
    LogStopped = 7004, 503, "log_stopped", "The process ends and has to be started again. See docs/runbooks/stopped-log.md.";
    BackupFailed = 7005, 422, "backup_failed", "The detail says what failed; remove the unfinished directory and begin again.";
    BackupRunning = 7006, 409, "backup_running", "Wait until the backup that runs is finished.";
    DoorDecisionRefused = 7007, 409, "door_decision_refused", "The detail says why nothing was changed.";
    ServiceNotAllowed = 7008, 403, "service_not_allowed", "Call with a certificate that names a role which may make this call; `passbook ca issue` makes one.";
    OrderMalformed = 8001, 400, "order_malformed", "Compare the intent with docs/protocol.md, under Orders.";
    OrderOfAnother = 8002, 403, "order_of_another", "Sign an intent for the customer, channel and device of the token.";
    OrderIdUsed = 8003, 409, "order_id_used", "Another order has this id; compose the order again, under a new id.";
    OrderCancelledBefore = 8004, 409, "order_cancelled_before", "The order was cancelled before it arrived; it will not be executed.";
    OrderDeviceRemoved = 8005, 403, "order_device_removed", "The device was removed; orders that it signed are not executed.";
    OrderSignatureInvalid = 8006, 403, "order_signature_invalid", "Sign the intent with the device's approval key; a browser signs with its session key.";
    OrderApprovalInvalid = 8007, 403, "order_approval_invalid", "Approve the signed intent with a passkey of this customer; an app sends no assertion.";
    OrderTextDiffers = 8008, 400, "order_text_differs", "Show and sign the text that docs/protocol.md gives for this order and locale.";
    OrderCreatedAhead = 8009, 400, "order_created_ahead", "The order's time is ahead of the bank's; take the time from the bank's nonce and sign again.";
    OrderExpired = 8010, 409, "order_expired", "The order arrived after its last moment; compose it again.";
    VoucherUnknown = 8011, 403, "voucher_unknown", "Use a voucher that the bank gave to this device.";
    VoucherExpired = 8012, 409, "voucher_expired", "Ask for new vouchers and sign the order again with one of them.";
    VoucherSpent = 8013, 409, "voucher_spent", "A voucher is good for one order; sign again with another voucher.";
    VoucherExceeded = 8014, 403, "voucher_exceeded", "The order moves more than its voucher allows, or its currency has no rate today; order less.";
    DebitAccountForbidden = 8015, 403, "debit_account_forbidden", "Pay from an account that the customer holds as owner or authorised.";
    OrderTargetUnknown = 8016, 409, "order_target_unknown", "The order names nothing of this customer that can still be changed, or copies it differently.";
    OrderTargetDone = 8017, 409, "order_target_done", "It is too late: the order that this one would cancel has its outcome already.";
    OrderLimitExceeded = 8018, 403, "order_limit_exceeded", "The order is above a limit; the detail names the limit. Order less, or later.";
    OrderDeclined = 8019, 403, "order_declined", "The bank declined the order; the detail says why. Ask the bank.";
    OrderUnknown = 8020, 404, "order_unknown", "The bank has received no order of this customer under this id.";
    TooManyPayeeChecks = 8021, 429, "too_many_payee_checks", "A device may check 30 payees an hour; try again after the seconds in Retry-After.";
    OrderNotChallenged = 8022, 409, "order_not_challenged", "The bank does not wait for an answer to this order; ask for the order's state.";
    ChallengeDiffers = 8023, 403, "challenge_differs", "The answer is for another customer, order or challenge; sign the challenge in the order's state.";
    ChallengeOfAnother = 8024, 403, "challenge_of_another", "Answer on the device that signed the order.";
    ChallengeSignatureInvalid = 8025, 403, "challenge_signature_invalid", "Sign the answer with the key that signs the device's orders; a browser adds an assertion, an app does not.";
    ChallengeExpired = 8026, 409, "challenge_expired", "The order was not approved again in time, so it was not executed; order again.";
    OrdersStopped = 8027, 409, "orders_stopped", "The customer stopped everything before the order was handed on, so it is not executed; ask the bank.";
    AccountFrozen = 8028, 403, "account_frozen_by_customer", "The customer froze the debit account; pay from another account, or end the freeze and wait.";
    NewPayeesFrozen = 8029, 403, "new_payees_frozen", "The customer froze payments to new payees, and this payee is new; pay another payee, or end the freeze and wait.";
    OwnLimitExceeded = 8030, 403, "own_limit_exceeded", "The order is above a limit that the customer set; the detail names the limit. Order less, or raise the limit and wait.";
    BrakeInvalid = 8031, 400, "brake_invalid", "The brake cannot be set so; the detail says why. Compare the request with docs/protocol.md, under Brakes.";
    PasskeyTooNew = 8032, 403, "passkey_too_new", "The passkey of the login was registered too short a time before the order. Log in with an older one, or order less.";
    OrderNotExecutable = 8033, 403, "order_not_executable", "The core bank would refuse the order; the detail says why. Correct the order, and sign it again.";
    OrderDiffers = 8034, 403, "order_differs", "Another app prepared the payment with this id, and the order is not that payment; order it as it was prepared.";
    InitiationOver = 8035, 403, "initiation_over", "The payment was declined, approved, or has expired; the app that prepared it prepares it again.";
    InitiationUnknown = 8036, 404, "initiation_unknown", "Check the initiation's id; the bank forgets it 90 days after it expired.";
    IdempotencyKeyUsed = 8037, 409, "idempotency_key_used", "Another payment was prepared with this Idempotency-Key; use a new key.";
}

/// Codes that are no longer sent, by number and name. Neither the number nor the name is ever reused.
pub const RETIRED_CODES: &[(u16, &str)] = &[(3009, "too_many_streams")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_slugs_are_unique_and_grow() {
        for pair in ERROR_CODES.windows(2) {
            assert!(pair[0].number() < pair[1].number());
        }
        let codes = ERROR_CODES.iter().map(|code| (code.number(), code.slug()));
        let (mut numbers, mut slugs): (Vec<_>, Vec<_>) =
            codes.chain(RETIRED_CODES.iter().copied()).unzip();
        numbers.sort_unstable();
        slugs.sort_unstable();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(slugs.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
