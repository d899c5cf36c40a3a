//! Why the core bank refuses an order that gateway accepted, in words for people.

use crate::Locale;
use crate::words::is_open_word;
use protocol::ParseError;
use protocol::cbor::{FromValue, Value};
use std::fmt;
use std::str::FromStr;
use types::IdError;

macro_rules! reasons {
    ($($(#[$meta:meta])* $variant:ident = $word:literal, $english:literal, $thai:literal;)+) => {
        /// Why the core bank refused an order, or what became of its money. The list is open: an unknown reason is
        /// accepted and stored.
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$meta])* $variant,)+
            /// A reason that this version does not know.
            Other(String),
        }

        impl Reason {
            /// All reasons that this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// The word as it is sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }

            /// Says to a person what happened and what to do.
            #[must_use]
            pub const fn text(&self, locale: Locale) -> &'static str {
                match self {
                    $(Self::$variant => locale.pick($english, $thai),)+
                    Self::Other(_) => locale.pick(
                        "The bank did not execute the order. Contact the bank.",
                        "ธนาคารไม่ได้ดำเนินการตามรายการนี้ โปรดติดต่อธนาคาร",
                    ),
                }
            }
        }

        impl FromStr for Reason {
            type Err = IdError;
            /// Accepts 1 to 64 small letters, digits and underscores.
            fn from_str(word: &str) -> Result<Self, IdError> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ if is_open_word(word) => Ok(Self::Other(word.to_owned())),
                    _ => Err(IdError::NotAnId),
                }
            }
        }
    };
}

reasons! {
    /// The account's available balance is too low.
    InsufficientFunds = "insufficient_funds",
        "There is not enough money in the account. Add money, or order a smaller amount.",
        "เงินในบัญชีไม่พอ โปรดเติมเงินหรือทำรายการใหม่ด้วยจำนวนเงินที่น้อยลง";
    /// The debit account is closed.
    AccountClosed = "account_closed",
        "The account to pay from is closed. Choose another account.",
        "บัญชีที่จะจ่ายเงินปิดแล้ว โปรดเลือกบัญชีอื่น";
    /// The debit account is frozen.
    AccountFrozen = "account_frozen",
        "The account to pay from is frozen. Contact the bank, or choose another account.",
        "บัญชีที่จะจ่ายเงินถูกระงับ โปรดติดต่อธนาคารหรือเลือกบัญชีอื่น";
    /// The bank does not have the debit account.
    AccountUnknown = "account_unknown",
        "The bank does not have the account to pay from. Choose another account.",
        "ธนาคารไม่มีบัญชีที่จะจ่ายเงินนี้ โปรดเลือกบัญชีอื่น";
    /// No such creditor exists.
    CreditorUnknown = "creditor_unknown",
        "The receiving account does not exist or is closed. Check the account number with the payee.",
        "ไม่มีบัญชีผู้รับเงินนี้หรือบัญชีปิดแล้ว โปรดตรวจสอบเลขบัญชีกับผู้รับเงิน";
    /// The accounts and the amount have different currencies, and the bank does not exchange them.
    CurrencyMismatch = "currency_mismatch",
        "The account cannot pay in this currency. Order in the account's currency, or choose another account.",
        "บัญชีนี้จ่ายเงินสกุลนี้ไม่ได้ โปรดทำรายการใหม่ด้วยสกุลเงินของบัญชีหรือเลือกบัญชีอื่น";
    /// The amount is below the least or above the most that the bank executes.
    AmountOutOfRange = "amount_out_of_range",
        "The amount is too small or too large for this kind of order. Order another amount.",
        "จำนวนเงินน้อยหรือมากเกินไปสำหรับรายการประเภทนี้ โปรดทำรายการใหม่ด้วยจำนวนเงินอื่น";
    /// Debit account and creditor are the same account.
    SameAccount = "same_account",
        "The order pays from an account to the same account. Choose another payee or another account.",
        "บัญชีที่จ่ายและบัญชีผู้รับเป็นบัญชีเดียวกัน โปรดเลือกผู้รับเงินหรือบัญชีอื่น";
    /// No such biller exists.
    BillerUnknown = "biller_unknown",
        "The bank does not know this biller. Check the biller's number on the bill.",
        "ธนาคารไม่รู้จักผู้ออกบิลนี้ โปรดตรวจสอบหมายเลขผู้ออกบิลในใบแจ้ง";
    /// The biller refused the payment.
    BillerRefused = "biller_refused",
        "The biller did not accept the payment. Check the references on the bill, or ask the biller.",
        "ผู้ออกบิลไม่รับการชำระเงิน โปรดตรวจสอบเลขอ้างอิงในใบแจ้งหรือสอบถามผู้ออกบิล";
    /// The execution date, or the schedule's first date, had passed.
    DateInPast = "date_in_past",
        "The date of the order had already passed. Order again with a later date.",
        "วันที่ของรายการผ่านไปแล้ว โปรดทำรายการใหม่ด้วยวันที่ในอนาคต";
    /// The schedule has no payment.
    ScheduleEmpty = "schedule_empty",
        "The standing order has no day on which it could pay. Order again with other dates.",
        "คำสั่งโอนประจำไม่มีวันที่จะจ่ายเงิน โปรดทำรายการใหม่ด้วยวันที่อื่น";
    /// The other bank returned the money.
    Returned = "returned",
        "The other bank returned the money, and it is in your account again. Check the account number with the payee.",
        "ธนาคารผู้รับส่งเงินคืน และเงินกลับเข้าบัญชีของคุณแล้ว โปรดตรวจสอบเลขบัญชีกับผู้รับเงิน";
    /// The customer had stopped everything.
    CustomerStopped = "customer_stopped",
        "You had stopped everything, so nothing was paid. If the payment is still wanted, order it anew.",
        "คุณได้สั่งหยุดทุกอย่างไว้ ธนาคารจึงไม่ได้จ่ายเงิน หากยังต้องการจ่าย โปรดทำรายการใหม่";
    /// The cancellation came too late.
    TooLate = "too_late",
        "It was too late to cancel: the order has its outcome already. See the order's outcome.",
        "ยกเลิกไม่ทัน รายการนี้มีผลแล้ว โปรดดูผลของรายการ";
    /// The order is about something that the bank does not have.
    TargetUnknown = "target_unknown",
        "What the order should end, cancel or remove does not exist any more. Nothing needs to be done.",
        "สิ่งที่จะยุติ ยกเลิก หรือลบ ไม่มีอยู่แล้ว ไม่ต้องดำเนินการใด";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&Reason> for Value {
    fn from(reason: &Reason) -> Self {
        reason.as_str().into()
    }
}

impl FromValue for Reason {
    fn from_value(value: Value) -> Result<Self, ParseError> {
        let word = String::from_value(value)?;
        word.parse()
            .map_err(|_| ParseError::WrongShape("a reason is a word of small letters"))
    }
}
