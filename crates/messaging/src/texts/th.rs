//! Thai.

use super::Texts;

pub(super) const TEXTS: Texts = Texts {
    login_code_subject: "รหัสเข้าสู่ระบบของคุณ",
    login_code: |code| format!("{code} คือรหัสเข้าสู่ระบบของคุณ ธนาคารไม่ถามรหัสนี้จากคุณ"),
    moved_subject: "มีรายการเคลื่อนไหวในบัญชีของคุณ",
    came_in: |amount, account| match account {
        Some(account) => format!("เงินเข้า {amount} บัญชี {account}"),
        None => format!("เงินเข้าบัญชีของคุณ {amount} ดูบัญชีได้ในแอป"),
    },
    went_out: |amount, account| match account {
        Some(account) => format!("เงินออก {amount} บัญชี {account}"),
        None => format!("เงินออกจากบัญชีของคุณ {amount} ดูบัญชีได้ในแอป"),
    },
};
