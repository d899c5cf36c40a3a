//! The page's words, in each of its languages.

use http::HeaderMap;
use http_edge::languages;
use token::Scope;

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Thai,
}

/// What the page says. `{}` is the client's name.
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) asks: &'static str,
    pub(crate) log_in: &'static str,
    pub(crate) button: &'static str,
    pub(crate) no_script: &'static str,
    pub(crate) may: &'static str,
    pub(crate) withdraw: &'static str,
    pub(crate) allow: &'static str,
    pub(crate) refuse: &'static str,
    pub(crate) refused: &'static str,
    pub(crate) locked: &'static str,
    pub(crate) expired: &'static str,
    pub(crate) ended: &'static str,
    pub(crate) failed: &'static str,
}

const ENGLISH: Words = Words {
    title: "Log in at the bank",
    asks: "“{}” asks who you are.",
    log_in: "Log in with your passkey. The bank never asks for it by phone or message.",
    button: "Log in",
    no_script: "Your browser has to run this page's script: a passkey needs it.",
    may: "“{}” would like to:",
    withdraw: "You can withdraw this in the bank's app at any time.",
    allow: "Allow",
    refuse: "Do not allow",
    refused: "The passkey was not accepted. Try again with a passkey of this bank.",
    locked: "There were too many attempts. Wait a little, then try again.",
    expired: "The login took too long. Press “Log in” again.",
    ended: "This request has ended, or was begun in another browser. Begin again in the app that sent you here.",
    failed: "Something went wrong at the bank. Try again later.",
};

const THAI: Words = Words {
    title: "เข้าสู่ระบบธนาคาร",
    asks: "“{}” ขอทราบว่าคุณคือใคร",
    log_in: "เข้าสู่ระบบด้วยพาสคีย์ของคุณ ธนาคารไม่เคยขอพาสคีย์ทางโทรศัพท์หรือข้อความ",
    button: "เข้าสู่ระบบ",
    no_script: "เบราว์เซอร์ต้องเปิดใช้สคริปต์ของหน้านี้ เพราะพาสคีย์จำเป็นต้องใช้",
    may: "“{}” ต้องการ:",
    withdraw: "คุณยกเลิกการอนุญาตนี้ได้ทุกเมื่อในแอปของธนาคาร",
    allow: "อนุญาต",
    refuse: "ไม่อนุญาต",
    refused: "พาสคีย์ไม่ได้รับการยอมรับ โปรดลองอีกครั้งด้วยพาสคีย์ของธนาคารนี้",
    locked: "มีการพยายามมากเกินไป โปรดรอสักครู่แล้วลองอีกครั้ง",
    expired: "การเข้าสู่ระบบใช้เวลานานเกินไป โปรดกด “เข้าสู่ระบบ” อีกครั้ง",
    ended: "คำขอนี้สิ้นสุดแล้ว หรือเริ่มจากเบราว์เซอร์อื่น โปรดเริ่มใหม่ในแอปที่ส่งคุณมาที่นี่",
    failed: "เกิดข้อผิดพลาดที่ธนาคาร โปรดลองอีกครั้งภายหลัง",
};

impl Language {
    /// The language of these that the reader prefers; English if they prefer neither (RFC 9110, 12.5.4).
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let wanted = languages(headers).into_iter();
        let mut known = wanted.filter_map(|range| {
            let primary = range.split('-').next().unwrap_or_default();
            match primary.to_ascii_lowercase().as_str() {
                "en" => Some(Self::English),
                "th" => Some(Self::Thai),
                _ => None,
            }
        });
        known.next().unwrap_or(Self::English)
    }

    /// Its tag (RFC 5646).
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Thai => "th",
        }
    }

    pub(crate) const fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Thai => &THAI,
        }
    }

    /// What a scope lets a client do. `{}` is for how many days.
    pub(crate) const fn scope(self, scope: Scope) -> &'static str {
        match (self, scope) {
            (Self::English, Scope::OpenId) => {
                "recognise you, by a reference that no other app gets"
            }
            (Self::English, Scope::CustomerNumber) => "see your customer number at the bank",
            (Self::English, Scope::OfflineAccess) => {
                "stay connected while you are away, for {} days at most"
            }
            (Self::English, Scope::Accounts) => {
                "see your accounts, their balances and all their transactions"
            }
            (Self::English, Scope::Payments) => {
                "prepare payments for you; none is made unless you approve it in the bank's app"
            }
            (Self::Thai, Scope::OpenId) => "จดจำคุณ ด้วยรหัสอ้างอิงที่แอปอื่นไม่ได้รับ",
            (Self::Thai, Scope::CustomerNumber) => "ดูหมายเลขลูกค้าของคุณที่ธนาคาร",
            (Self::Thai, Scope::OfflineAccess) => "เชื่อมต่อต่อไปเมื่อคุณไม่ได้ใช้งาน ไม่เกิน {} วัน",
            (Self::Thai, Scope::Accounts) => "ดูบัญชีของคุณ ยอดเงิน และรายการทั้งหมด",
            (Self::Thai, Scope::Payments) => {
                "เตรียมการชำระเงินให้คุณ โดยจะไม่มีการชำระจนกว่าคุณจะอนุมัติในแอปของธนาคาร"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::ACCEPT_LANGUAGE;

    #[test]
    fn the_page_speaks_the_readers_language() {
        for (accepted, expected) in [
            ("", Language::English),
            ("th", Language::Thai),
            ("th-TH,th;q=0.9,en;q=0.8", Language::Thai),
            ("en-GB,en;q=0.9,th;q=0.8", Language::English),
            ("cs, en;q=0.2, th;q=0.4", Language::Thai),
            ("th;q=0", Language::English),
            ("thx", Language::English),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, accepted.parse().unwrap());
            assert_eq!(Language::of(&headers), expected, "{accepted}");
        }
    }
}
