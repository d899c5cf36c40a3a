//! The checks that need the order, the device and gateway's own tables, and nothing else.

use super::check::{Check, Refusal};
use crate::apps::Initiated;
use crate::gateway::StatedDevice;
use crate::settings::Settings;
use crate::store::CustomerIndex;
use crate::store::intent::IntentRow;
use crate::store::voucher::VoucherRow;
use order::{BackupFlags, CREATED_AHEAD_MS_MAX, Credential, Intent, SignedIntent};
use std::fmt;
use types::{ChannelId, ErrorCode, Hash, Time};

/// The device that sent an order, as its token and its statement name it.
pub(super) struct Sender<'a> {
    pub(super) device: &'a StatedDevice,
    pub(super) customer: CustomerIndex,
    /// The channels of the token.
    pub(super) channels: &'a [ChannelId],
}

/// What gateway's tables know about an order.
#[derive(Default)]
pub(super) struct Known {
    pub(super) seen: Option<IntentRow>,
    pub(super) burnt: bool,
    pub(super) voucher: Option<VoucherRow>,
    /// The order with the id that this order is about.
    pub(super) target: Option<IntentRow>,
    /// The payment that another app prepared with this id.
    pub(super) initiated: Option<Initiated>,
}

/// The customer, channel and device in the intent must be the token's.
pub(super) fn check_token(intent: &Intent, sender: &Sender<'_>) -> Result<(), Refusal> {
    let stated = &sender.device.statement;
    let of_token = stated.channel == intent.channel && sender.channels.contains(&intent.channel);
    let reason = if intent.customer != stated.customer {
        "another_customer"
    } else if intent.device != stated.device {
        "another_device"
    } else if !of_token {
        "another_channel"
    } else {
        return Ok(());
    };
    Err(Refusal::new(
        Check::Token,
        ErrorCode::OrderOfAnother,
        reason,
    ))
}

/// The id must be new. A repetition of the same intent has its stored answer, so it does not come here.
pub(super) fn check_id(known: &Known) -> Result<(), Refusal> {
    if known.seen.is_some() {
        return Err(id_used());
    }
    if known.burnt {
        return Err(cancelled_before());
    }
    Ok(())
}

/// The device, its signature, the person's approval, the text and the times. Returns the flags of the passkey that
/// approved.
pub(super) fn check_signed(
    (intent, signed): (&Intent, &SignedIntent),
    (sender, credential): (&Sender<'_>, Option<Credential>),
    (settings, now): (&Settings, Time),
) -> Result<Option<BackupFlags>, Refusal> {
    let StatedDevice { statement, active } = sender.device;
    if !active {
        return Err(device_removed());
    }
    signed
        .verify_signature(statement.form, &statement.session, &statement.approval)
        .map_err(|error| {
            Refusal::new(
                Check::Signature,
                ErrorCode::OrderSignatureInvalid,
                error.reason(),
            )
            .with_detail(error.to_string())
        })?;
    let (customer, party) = (&statement.customer, &settings.relying_party);
    let backup = signed
        .verify_assertion(statement.form, customer, party, |_| credential)
        .map_err(|error| {
            Refusal::new(
                Check::Assertion,
                ErrorCode::OrderApprovalInvalid,
                error.reason(),
            )
            .with_detail(error.to_string())
        })?;
    if !intent.text_matches() {
        return Err(Refusal::new(
            Check::Shown,
            ErrorCode::OrderTextDiffers,
            "another_shown_text",
        ));
    }
    if intent.created > now.plus_ms(CREATED_AHEAD_MS_MAX) {
        return Err(Refusal::new(
            Check::Created,
            ErrorCode::OrderCreatedAhead,
            "created_ahead",
        ));
    }
    if now > intent.not_after {
        return Err(Refusal::new(
            Check::NotAfter,
            ErrorCode::OrderExpired,
            "not_after_passed",
        ));
    }
    Ok(backup)
}

/// If another app prepared a payment with this id, the order must be that payment, in time and not declined.
pub(super) fn check_initiation(intent: &Intent, known: &Known, now: Time) -> Result<(), Refusal> {
    let Some(initiated) = &known.initiated else {
        return Ok(());
    };
    if initiated.declined || now >= initiated.expires {
        return Err(initiation_over());
    }
    if !initiated.payment.is_ordered_by(&intent.order) {
        return Err(Refusal::new(
            Check::Initiation,
            ErrorCode::OrderDiffers,
            "another_payment",
        ));
    }
    Ok(())
}

/// The voucher, without its limit. `None` if the order needs none.
pub(super) fn check_voucher<'a>(
    intent: &Intent,
    sender: &Sender<'_>,
    known: &'a Known,
    now: Time,
) -> Result<Option<&'a VoucherRow>, Refusal> {
    if intent.voucher.is_none() {
        return Ok(None);
    }
    let refused = |code, reason| Err(Refusal::new(Check::Voucher, code, reason));
    let Some(voucher) = &known.voucher else {
        return refused(ErrorCode::VoucherUnknown, "unknown_voucher");
    };
    if voucher.customer != sender.customer {
        return refused(ErrorCode::VoucherUnknown, "voucher_of_another_customer");
    }
    if voucher.device != sender.device.statement.device {
        return refused(ErrorCode::VoucherUnknown, "voucher_of_another_device");
    }
    if voucher.expires < now {
        return refused(ErrorCode::VoucherExpired, "voucher_expired");
    }
    if voucher.spent_by.is_some() {
        return Err(voucher_spent());
    }
    Ok(Some(voucher))
}

/// Whether the stored answer answers this request: the id was seen, with the same intent.
pub(super) fn is_repetition(known: &Known, hash: Hash) -> bool {
    known.seen.as_ref().is_some_and(|row| row.hash == hash)
}

/// The request, its Sign1, or what that embeds has another form.
pub(super) fn malformed(reason: &'static str, error: &impl fmt::Display) -> Refusal {
    let refusal = Refusal::new(Check::WellFormed, ErrorCode::OrderMalformed, reason);
    refusal.with_detail(error.to_string())
}

pub(super) fn device_removed() -> Refusal {
    Refusal::new(
        Check::Device,
        ErrorCode::OrderDeviceRemoved,
        "device_not_active",
    )
}

/// The customer stopped everything after the order's device was checked.
pub(super) fn stopped() -> Refusal {
    Refusal::new(Check::Device, ErrorCode::OrdersStopped, "customer_stopped")
}

pub(super) fn id_used() -> Refusal {
    Refusal::new(Check::Id, ErrorCode::OrderIdUsed, "intent_id_reused")
}

pub(super) fn cancelled_before() -> Refusal {
    Refusal::new(
        Check::Id,
        ErrorCode::OrderCancelledBefore,
        "intent_id_burnt",
    )
}

pub(super) fn initiation_over() -> Refusal {
    Refusal::new(
        Check::Initiation,
        ErrorCode::InitiationOver,
        "initiation_over",
    )
}

pub(super) fn voucher_spent() -> Refusal {
    Refusal::new(Check::Voucher, ErrorCode::VoucherSpent, "voucher_spent")
}
