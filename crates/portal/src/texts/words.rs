//! What each group of texts has. A language that lacks one does not compile.

/// A group of texts.
macro_rules! texts {
    ($name:ident { $($field:ident,)+ }) => {
        #[derive(Debug)]
        pub(crate) struct $name {
            $(pub(crate) $field: &'static str,)+
        }

        #[cfg(test)]
        impl $name {
            /// All texts with their names.
            pub(crate) fn list(&self, all: &mut Vec<(&'static str, &'static str)>) {
                $(all.push((concat!(stringify!($name), ".", stringify!($field)), self.$field));)+
            }
        }
    };
}

/// A group of texts for stable words.
macro_rules! words {
    ($name:ident { $($field:ident = $word:literal,)+ }) => {
        texts! {
            $name {
                $($field,)+
            }
        }

        impl $name {
            /// The text for a word, or nothing if this version does not know the word.
            pub(crate) fn of(&self, word: &str) -> Option<&'static str> {
                match word {
                    $($word => Some(self.$field),)+
                    _ => None,
                }
            }
        }
    };
}

texts! {
    Common {
        skip,
        back,
        cancel,
        proceed,
        retry,
        remove,
        optional,
        loading,
        money_in,
        money_out,
        negative,
        hide_amounts,
        lock,
        not_found,
        not_found_hint,
        to_home,
        sign_with_passkey,
        log_in,
        log_in_first,
        failed,
    }
}

texts! {
    Nav {
        main,
        home,
        pay,
        orders,
        payees,
        security,
        settings,
        help,
    }
}

texts! {
    Status {
        complete,
        as_of,
        connecting,
        confirming,
        offline,
        limited,
        ended,
        new_entry,
        discrepancy_title,
        discrepancy,
        revoked_title,
        revoked,
        stopped_title,
        stopped,
        expired_title,
        expired,
        enrolment_expired,
        repair_title,
        repair,
        clock_title,
        clock,
        update_title,
        update,
        update_take,
    }
}

texts! {
    Gone {
        title,
        removed,
        newer,
        full,
        unsupported,
        other,
        reload,
    }
}

#[cfg(not(target_family = "wasm"))]
texts! {
    Plain {
        password_hint,
        code,
        code_hint,
        code_or_sent_hint,
        log_in,
        log_out,
        leave,
        by_sms,
        by_mail,
        sent,
        refused,
        locked,
        ended,
        elsewhere,
        unavailable,
        older,
        newest,
        app,
        language,
    }
}

words! {
    Unusual {
        after_refusals = "after_refusals",
        by_password = "by_password",
        passkey_of_another_device = "passkey_of_another_device",
        plain_pages = "plain_pages",
    }
}

texts! {
    Welcome {
        title,
        intro,
        step,
        customer,
        customer_hint,
        code,
        code_hint,
        code_short,
        bank_title,
        fingerprint,
        fingerprint_hint,
        they_match,
        lock_title,
        lock_intro,
        passkey,
        passkey_hint,
        password_instead,
        password,
        password_hint,
        repeat,
        weak,
        fair,
        strong,
        repeat_differs,
        activate,
        activating,
        awaited_title,
        awaited,
        awaited_done,
    }
}

texts! {
    Unlock {
        title,
        passkey,
        submit,
        forgotten,
        forgotten_hint,
    }
}

texts! {
    Home {
        title,
        no_accounts,
        more_accounts,
        unnamed,
        balance,
        available,
        pending,
        expected,
        unknown_balance,
        newest,
        no_entries,
        waiting,
        quick,
        pay,
        own,
        bill,
        new,
    }
}

texts! {
    Pay {
        title,
        from,
        to,
        choose,
        group_payees,
        group_own,
        group_others,
        account,
        domestic,
        iban,
        proxy,
        biller,
        swift,
        name,
        account_number,
        bank_code,
        bic,
        iban_number,
        proxy_kind,
        proxy_mobile,
        proxy_national,
        proxy_ewallet,
        proxy_number,
        biller_number,
        bill_reference,
        amount,
        amount_wrong,
        field_missing,
        reference,
        when,
        now,
        on_day,
        regularly,
        day,
        first_day,
        last_day,
        frequency,
        week,
        month,
        quarter,
        year,
        check,
        checking,
        check_match,
        check_close,
        check_none,
        check_unknown,
        check_new,
        day_left,
        offline_allowance,
        offline_none,
        review,
        review_title,
        review_hint,
        blocked,
        note,
        loosens,
        sign,
        sign_offline,
        change,
        result_sent,
        result_waiting,
        result_done,
        result_refused,
        see_orders,
        another,
        no_account,
    }
}

texts! {
    Orders {
        title,
        empty,
        under_way,
        finished,
        prepared,
        prepared_by,
        prepared_until,
        decline,
        elsewhere,
        send_now,
        cancel,
        approve,
        log_in_and_approve,
        approve_until,
        repeat,
        signed_text,
        ordered,
        sent_until,
        bank_reference,
    }
}

words! {
    States {
        waiting_for_network = "waiting_for_network",
        sent = "sent",
        unknown_asking = "unknown_asking",
        approval_needed = "approval_needed",
        approved = "approved",
        accepted = "accepted",
        scheduled = "scheduled",
        done = "done",
        refused = "refused",
        expired = "expired",
        cancelled = "cancelled",
    }
}

words! {
    OrderKinds {
        transfer = "transfer",
        bill = "bill",
        standing = "standing",
        standing_end = "standing.end",
        cancel = "cancel",
        payee_add = "payee.add",
        payee_remove = "payee.remove",
    }
}

words! {
    Operations {
        transfer_in = "transfer_in",
        transfer_out = "transfer_out",
        card_payment = "card_payment",
        bill_payment = "bill_payment",
        fee = "fee",
        interest = "interest",
        cash_deposit = "cash_deposit",
        cash_withdrawal = "cash_withdrawal",
        transfer_return = "transfer_return",
    }
}

words! {
    Kinds {
        booked = "booked",
        hold_placed = "hold.placed",
        hold_released = "hold.released",
        account_opened = "account.opened",
        holder_added = "holder.added",
        holder_removed = "holder.removed",
        device_added = "device.added",
        device_removed = "device.removed",
        passkey_added = "passkey.added",
        passkey_removed = "passkey.removed",
        password_set = "password.set",
        password_removed = "password.removed",
        consent_given = "consent.given",
        consent_withdrawn = "consent.withdrawn",
        login_unusual = "login.unusual",
        brake_changed = "brake.changed",
        payment_initiated = "payment.initiated",
        order_pending = "order.pending",
        order_executed = "order.executed",
        order_refused = "order.refused",
        order_cancelled = "order.cancelled",
        payee_added = "payee.added",
        payee_removed = "payee.removed",
        standing_created = "standing.created",
        standing_ended = "standing.ended",
    }
}

words! {
    Purposes {
        salary = "salary",
        household = "household",
        interest_credited = "interest_credited",
    }
}

words! {
    AccountKinds {
        current = "current",
        savings = "savings",
        term_deposit = "term_deposit",
        card = "card",
        loan = "loan",
    }
}

words! {
    Roles {
        owner = "owner",
        authorised = "authorised",
    }
}

words! {
    Failures {
        offline = "offline",
        locked = "locked",
        not_a_code = "not_a_code",
        another_bank = "another_bank",
        wrong_lock = "wrong_lock",
        passkey_refused = "passkey_refused",
        passkey_unsupported = "passkey_unsupported",
        another_url = "another_url",
        already_enrolled = "already_enrolled",
        app_outdated = "app_outdated",
        not_enrolled = "not_enrolled",
        not_a_customer = "not_a_customer",
        not_an_order = "not_an_order",
        objected = "objected",
        review_gone = "review_gone",
        passkey_exists = "passkey_exists",
        passkey_failed = "passkey_failed",
        keys_failed = "keys_failed",
        no_storage = "no_storage",
        store_failed = "store_failed",
        store_in_use = "store_in_use",
        store_stale = "store_stale",
        ended = "ended",
        enrolment_awaited = "enrolment_awaited",
        not_logged_in = "not_logged_in",
        login_required = "login_required",
        storage_full = "storage_full",
        overloaded = "overloaded",
        unavailable = "unavailable",
        too_many_requests = "too_many_requests",
        internal = "internal",
        books_in_repair = "books_in_repair",
        token_expired = "token_expired",
        device_revoked = "device_revoked",
        enrolment_expired = "enrolment_expired",
        session_ended = "session_ended",
        customer_stopped = "customer_stopped",
        code_invalid = "code_invalid",
        code_expired = "code_expired",
        code_exhausted = "code_exhausted",
        code_used = "code_used",
        too_many_devices = "too_many_devices",
        enrolment_stopped = "enrolment_stopped",
        comparison_differs = "comparison_differs",
        login_refused = "login_refused",
        login_locked = "login_locked",
        passkey_conflict = "passkey_conflict",
        password_refused = "password_refused",
        one_time_code_wrong = "one_time_code_wrong",
        too_many_passkeys = "too_many_passkeys",
        too_many_payee_checks = "too_many_payee_checks",
        brake_invalid = "brake_invalid",
        not_an_iban = "not_an_iban",
        not_a_bic = "not_a_bic",
        not_a_proxy = "not_a_proxy",
        not_a_reference = "not_a_reference",
        not_text = "not_text",
    }
}

texts! {
    Account {
        months,
        over_time,
        in_and_out,
        month,
        money_in,
        money_out,
        balance,
        entries,
        search,
        search_hint,
        no_match,
        empty,
        pay_from,
        unknown,
    }
}

texts! {
    Statement {
        title,
        csv,
        print,
        made,
        date,
        text,
        counterparty,
        amount,
        balance,
        currency,
        reference,
        closing,
    }
}

texts! {
    Entry {
        withdrawn,
        past,
        withdrawn_text,
        past_text,
        account,
        date,
        time,
        balance,
        operation,
        purpose,
        counterparty,
        counterparty_bank,
        bank_reference,
        number,
        repeat,
        pay_back,
        ask,
        ask_text,
        call,
        unknown,
        its_order,
        device,
        reason,
        customer,
    }
}

texts! {
    Payees {
        title,
        payees,
        no_payees,
        pay,
        add,
        how,
        own_name,
        standing,
        no_standing,
        end,
    }
}

texts! {
    Security {
        title,
        calling,
        calling_text,
        ask_calling,
        calling_yes,
        calling_no,
        devices,
        this_device,
        form_app,
        form_browser,
        since,
        remove_device,
        remove_device_title,
        remove_device_text,
        add_device,
        add_device_text,
        make_code,
        code_for,
        waiting,
        look_waiting,
        none_waiting,
        number,
        number_wrong,
        let_in,
        refuse,
        passkeys,
        passkeys_text,
        add_passkey,
        passkey_name,
        used,
        never_used,
        remove_passkey_title,
        remove_passkey_text,
        password,
        password_text,
        password_set,
        no_password,
        set_password,
        password_secret,
        to_app,
        new_password,
        new_password_hint,
        app_code,
        remove_password_title,
        remove_password_text,
        sessions,
        plain_session,
        end_session,
        consents,
        no_consents,
        withdraw,
        show,
        limits,
        limits_text,
        day_limit,
        set_day_limit,
        set_limit,
        freeze_payees,
        freeze_account,
        freeze,
        brake_day,
        brake_order,
        brake_kind_day,
        brake_payees,
        brake_account,
        brake_ends,
        end_brake,
        no_brakes,
        stop,
        stop_text,
        stop_title,
        stop_yes,
    }
}

texts! {
    Settings {
        title,
        language,
        order_language,
        theme,
        system,
        light,
        dark,
        contrast,
        text_size,
        normal,
        large,
        larger,
        privacy,
        amounts_hidden,
        lock_after,
        device,
        device_number,
        customer,
        stored,
        forget,
        forget_title,
        forget_text,
        forget_yes,
    }
}

texts! {
    Help {
        title,
        call_title,
        call_text,
        home_title,
        home_text,
        account_title,
        account_text,
        pay_title,
        pay_text,
        orders_title,
        orders_text,
        payees_title,
        payees_text,
        security_title,
        security_text,
        offline_title,
        offline_text,
        settings_title,
        settings_text,
        plain_title,
        plain_text,
        plain_open,
    }
}

words! {
    Reasons {
        insufficient_funds = "insufficient_funds",
        account_closed = "account_closed",
        account_frozen = "account_frozen",
        creditor_unknown = "creditor_unknown",
        currency_mismatch = "currency_mismatch",
        same_account = "same_account",
        biller_unknown = "biller_unknown",
        biller_refused = "biller_refused",
        date_in_past = "date_in_past",
        schedule_empty = "schedule_empty",
        returned = "returned",
        customer_stopped = "customer_stopped",
        too_late = "too_late",
        target_unknown = "target_unknown",
        account_unknown = "account_unknown",
        amount_out_of_range = "amount_out_of_range",
    }
}

texts! {
    Approving {
        title,
        text,
        add,
        added,
        name,
    }
}
