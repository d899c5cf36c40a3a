//! The shown text: what the person reads and approves. Device and gateway both make it of the order and the locale.

use crate::{Frequency, Locale, Order, OrderKind, Schedule, Scheme};
use std::fmt::Display;

/// The template that makes the shown text.
pub const TEMPLATE: u64 = 1;

/// The text that the person approves, in lines without a line feed at the end. No value has a line break, so each line
/// is a title or one field of the order, and two different orders have different texts.
#[must_use]
pub fn shown_text(order: &Order, locale: Locale) -> String {
    let mut text = Lines::begin(title(order.kind(), locale), locale);
    text.line(("Amount", "จำนวนเงิน"), order.amount());
    if let Some(creditor) = order.creditor() {
        text.line(("To", "ถึง"), creditor.name.as_deref());
        text.line(scheme(creditor.scheme), Some(&creditor.identification));
        text.line(("Bank", "ธนาคาร"), creditor.bank.as_deref());
        let references = creditor.references.join(", ");
        text.line(
            ("Bill", "บิล"),
            (!references.is_empty()).then_some(references),
        );
    }
    text.line(("From", "จาก"), order.debit_account());
    text.line(("Reference", "ข้อความ"), order.reference());
    text.line(("On", "วันที่"), execution(order, locale));
    let schedule = order.schedule().map(|schedule| every(schedule, locale));
    text.line(("Every", "ทุก"), schedule);
    text.line(("Name", "ชื่อ"), order.own_name());
    text.line(("About", "เกี่ยวกับ"), order.target());
    text.text
}

struct Lines {
    text: String,
    locale: Locale,
}

impl Lines {
    fn begin(title: &str, locale: Locale) -> Self {
        Self {
            text: title.to_owned(),
            locale,
        }
    }

    fn line(&mut self, label: (&'static str, &'static str), value: Option<impl Display>) {
        if let Some(value) = value {
            let label = self.locale.pick(label.0, label.1);
            self.text.push_str(&format!("\n{label}: {value}"));
        }
    }
}

const fn title(kind: OrderKind, locale: Locale) -> &'static str {
    match kind {
        OrderKind::Transfer => locale.pick("Transfer", "โอนเงิน"),
        OrderKind::Bill => locale.pick("Bill payment", "ชำระบิล"),
        OrderKind::Standing => locale.pick("Standing order", "คำสั่งโอนประจำ"),
        OrderKind::StandingEnd => locale.pick("End standing order", "ยุติคำสั่งโอนประจำ"),
        OrderKind::Cancel => locale.pick("Cancel order", "ยกเลิกรายการ"),
        OrderKind::PayeeAdd => locale.pick("Add payee", "เพิ่มผู้รับเงิน"),
        OrderKind::PayeeRemove => locale.pick("Remove payee", "ลบผู้รับเงิน"),
    }
}

const fn scheme(scheme: Scheme) -> (&'static str, &'static str) {
    match scheme {
        Scheme::Account => ("Account", "บัญชี"),
        Scheme::Domestic => ("Account at another bank", "บัญชีต่างธนาคาร"),
        Scheme::Iban => ("IBAN", "IBAN"),
        Scheme::Swift => ("Account abroad", "บัญชีต่างประเทศ"),
        Scheme::Proxy => ("Proxy", "พร้อมเพย์"),
        Scheme::Biller => ("Biller", "ผู้ออกบิล"),
    }
}

fn execution(order: &Order, locale: Locale) -> Option<String> {
    match (order.execution_date(), order.kind()) {
        (Some(date), _) => Some(date.to_string()),
        (None, OrderKind::Transfer | OrderKind::Bill) => {
            Some(locale.pick("at once", "ทันที").to_owned())
        }
        (None, _) => None,
    }
}

fn every(schedule: &Schedule, locale: Locale) -> String {
    let frequency = match schedule.frequency {
        Frequency::Week => locale.pick("week", "สัปดาห์"),
        Frequency::Month => locale.pick("month", "เดือน"),
        Frequency::Quarter => locale.pick("quarter", "ไตรมาส"),
        Frequency::Year => locale.pick("year", "ปี"),
    };
    let last = match schedule.last {
        Some(last) => last.to_string(),
        None => locale.pick("until ended", "จนกว่าจะยกเลิก").to_owned(),
    };
    format!("{frequency} {} – {last}", schedule.first)
}
