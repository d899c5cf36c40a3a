//! What an order costs beside its amount, as the device last heard.

use crate::error::SyncError;
use crate::shown::{Page, Shown};
use order::{Fee, Locale, Order, OrderKind, fee_of};
use types::{Money, Time};

/// The fee of each payment of an order that is made at the bank's time `now`.
pub(crate) fn fee(page: &Page, order: &Order, now: Time) -> Option<Money> {
    fee_of(&page.vouchers.fees, order, now)
}

/// Says a fee to a person: what `order` costs beside the signed amount.
#[must_use]
pub fn fee_text(order: &Order, fee: Money, locale: Locale) -> String {
    let each = order.kind() == OrderKind::Standing;
    match (locale, each) {
        (Locale::En, false) => format!("The bank charges a fee of {fee} in addition."),
        (Locale::En, true) => {
            format!("The bank charges a fee of {fee} in addition for each payment; it may change.")
        }
        (Locale::Th, false) => format!("ธนาคารคิดค่าธรรมเนียมเพิ่มอีก {fee}"),
        (Locale::Th, true) => {
            format!("ธนาคารคิดค่าธรรมเนียมเพิ่มอีก {fee} ต่อการโอนแต่ละครั้ง ซึ่งอาจเปลี่ยนแปลงได้")
        }
    }
}

impl Shown {
    /// The bank's schedule of fees, as the device got it with its vouchers.
    pub fn fees(&self) -> Result<Vec<Fee>, SyncError> {
        Ok(self.page()?.vouchers.fees.clone())
    }
}
