//! Why an order was refused, in words.

use order::{Locale, Reason};
use std::fmt;
use types::ErrorCode;

/// Why the bank refused an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// gateway refused it: the number of a code in `docs/errors.md`, and what happened in this case.
    Code(u16, Option<String>),
    /// The core bank refused it, or another bank returned its money.
    Reason(Reason),
}

impl Refusal {
    /// The stable word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Code(number, detail) => {
                let code = ErrorCode::from_number(*number);
                match detail.as_deref().filter(|_| self.reason().is_some()) {
                    Some(reason) => reason,
                    None => code.map_or("refused", ErrorCode::slug),
                }
            }
            Self::Reason(reason) => reason.as_str(),
        }
    }

    /// The core bank's reason, also if it told gateway ahead.
    fn reason(&self) -> Option<Reason> {
        match self {
            Self::Code(number, detail) => {
                let is_of_core_bank = *number == ErrorCode::OrderNotExecutable.number();
                detail.as_ref().filter(|_| is_of_core_bank)?.parse().ok()
            }
            Self::Reason(reason) => Some(reason.clone()),
        }
    }

    /// What happened in this case, as gateway said it: words of English, or stable words. `None` if it said nothing.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Code(_, detail) => detail.as_deref(),
            Self::Reason(_) => None,
        }
    }

    /// Says to a person what happened and what to do. Stable words are left out.
    #[must_use]
    pub fn text(&self, locale: Locale) -> String {
        if let Some(reason) = self.reason() {
            return reason.text(locale).to_owned();
        }
        let code = match self {
            Self::Reason(_) => None,
            Self::Code(number, _) => ErrorCode::from_number(*number),
        };
        let (english, thai) = words(code);
        let text = match locale {
            Locale::En => english,
            Locale::Th => thai,
        };
        match self.detail().filter(|detail| !are_stable_words(detail)) {
            Some(detail) => format!("{text} ({detail})"),
            None => text.to_owned(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether it is stable words, with commas between them, and not a sentence.
fn are_stable_words(detail: &str) -> bool {
    let is_stable = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    detail.split(", ").all(|word| word.bytes().all(is_stable))
}

const fn words(code: Option<ErrorCode>) -> (&'static str, &'static str) {
    match code {
        Some(ErrorCode::OrderDeviceRemoved | ErrorCode::DeviceRevoked) => (
            "This device was removed, and its orders are not executed. Enrol the device again.",
            "อุปกรณ์นี้ถูกลบออกแล้ว ธนาคารไม่ดำเนินการตามรายการจากอุปกรณ์นี้ โปรดลงทะเบียนอุปกรณ์ใหม่",
        ),
        Some(ErrorCode::OrdersStopped | ErrorCode::CustomerStopped) => (
            "You stopped everything, so this order is not executed. Ask the bank to undo it, and enrol the device again.",
            "คุณได้สั่งหยุดทุกอย่างไว้ ธนาคารจึงไม่ดำเนินการตามรายการนี้ โปรดติดต่อธนาคารเพื่อยกเลิกการหยุด แล้วลงทะเบียนอุปกรณ์ใหม่",
        ),
        Some(ErrorCode::OrderCreatedAhead) => (
            "The clock of this device is wrong. Correct it, and order again.",
            "นาฬิกาของอุปกรณ์นี้ไม่ถูกต้อง โปรดตั้งเวลาให้ถูกต้องแล้วทำรายการใหม่",
        ),
        Some(ErrorCode::VoucherUnknown | ErrorCode::VoucherExpired | ErrorCode::VoucherSpent) => (
            "The permission to order offline was no longer good. Go online and order again.",
            "สิทธิ์ทำรายการออฟไลน์ใช้ไม่ได้แล้ว โปรดเชื่อมต่ออินเทอร์เน็ตแล้วทำรายการใหม่",
        ),
        Some(ErrorCode::VoucherExceeded) => (
            "The order is above the limit of one order. Order a smaller amount.",
            "จำนวนเงินเกินวงเงินต่อรายการ โปรดทำรายการใหม่ด้วยจำนวนเงินที่น้อยลง",
        ),
        Some(ErrorCode::DebitAccountForbidden) => (
            "You may not pay from this account. Choose another account.",
            "คุณไม่มีสิทธิ์จ่ายเงินจากบัญชีนี้ โปรดเลือกบัญชีอื่น",
        ),
        Some(ErrorCode::OrderTargetUnknown) => (
            "The bank has nothing any more that this order could end, cancel or remove. Look at the list again.",
            "ไม่มีสิ่งที่จะยุติ ยกเลิก หรือลบแล้ว โปรดดูรายการอีกครั้ง",
        ),
        Some(ErrorCode::OrderTargetDone) => (
            "It was too late to cancel: the order has its outcome already. See the order's outcome.",
            "ยกเลิกไม่ทัน รายการนี้มีผลแล้ว โปรดดูผลของรายการ",
        ),
        Some(ErrorCode::OrderNotExecutable) => (
            "The bank cannot execute the order as it is. Look at it again: account, payee, currency and date.",
            "ธนาคารไม่สามารถดำเนินการตามรายการนี้ได้ โปรดตรวจสอบบัญชี ผู้รับเงิน สกุลเงิน และวันที่อีกครั้ง",
        ),
        Some(ErrorCode::OrderLimitExceeded) => (
            "The order is above a limit. Order less, or later.",
            "รายการเกินวงเงินที่กำหนด โปรดทำรายการด้วยจำนวนเงินที่น้อยลงหรือทำภายหลัง",
        ),
        Some(ErrorCode::AccountFrozen) => (
            "You froze the account that pays. End the freeze and wait, or choose another account.",
            "คุณได้ระงับบัญชีที่จ่ายเงินไว้ โปรดยกเลิกการระงับแล้วรอ หรือเลือกบัญชีอื่น",
        ),
        Some(ErrorCode::NewPayeesFrozen) => (
            "You froze payments to new payees. End the freeze and wait, or pay somebody whom you have paid before.",
            "คุณได้ระงับการจ่ายเงินให้ผู้รับรายใหม่ไว้ โปรดยกเลิกการระงับแล้วรอ หรือจ่ายให้ผู้รับที่เคยจ่ายแล้ว",
        ),
        Some(ErrorCode::OwnLimitExceeded) => (
            "The order is above a limit that you set yourself. Order less, or raise the limit and wait.",
            "รายการเกินวงเงินที่คุณกำหนดเอง โปรดลดจำนวนเงิน หรือเพิ่มวงเงินแล้วรอ",
        ),
        Some(ErrorCode::ChallengeExpired) => (
            "The order was not approved again in time, and was not executed. Order again.",
            "รายการนี้ไม่ได้รับการอนุมัติอีกครั้งทันเวลาและไม่ได้ดำเนินการ โปรดทำรายการใหม่",
        ),
        Some(ErrorCode::OrderDeclined) => (
            "The bank declined the order. Contact the bank.",
            "ธนาคารปฏิเสธรายการนี้ โปรดติดต่อธนาคาร",
        ),
        _ => (
            "The bank refused the order. Update the app and order again, or contact the bank.",
            "ธนาคารไม่รับรายการนี้ โปรดอัปเดตแอปแล้วทำรายการใหม่ หรือติดต่อธนาคาร",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_a_sentence_of_the_bank_but_no_stable_words() {
        let code = ErrorCode::OrderDeclined.number();
        let text = |detail: &str| Refusal::Code(code, Some(detail.to_owned())).text(Locale::En);
        let plain = Refusal::Code(code, None).text(Locale::En);
        for words in ["target_executed", "new_payee, amount", "velocity"] {
            assert_eq!(text(words), plain);
        }
        let sentence = "the device is new: its orders are above the limit of its first hours";
        assert_eq!(text(sentence), format!("{plain} ({sentence})"));
    }

    #[test]
    fn what_the_core_bank_told_gateway_ahead_reads_like_its_own_refusal() {
        let code = ErrorCode::OrderNotExecutable.number();
        let own = Refusal::Reason(Reason::SameAccount);
        let ahead = Refusal::Code(code, Some("same_account".to_owned()));
        assert_eq!(ahead.as_str(), own.as_str());
        assert_eq!(ahead.text(Locale::Th), own.text(Locale::Th));
        let without = Refusal::Code(code, None);
        assert_eq!(without.as_str(), "order_not_executable");
        assert_ne!(without.text(Locale::En), own.text(Locale::En));
    }
}
