//! What is wrong with an order before it is signed, in words.

use order::Locale;
use types::{AccountId, BusinessDate, Currency, Money, Time, text};

/// What is wrong with an order, as far as the device knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// The customer does not hold the account that pays.
    NotHeld(String),
    /// The customer holds the account in a role that may not pay from it.
    MayNotPay(AccountId),
    /// The account has another currency than the amount.
    OtherCurrency(Currency),
    /// The order pays from an account to the same account.
    SameAccount,
    /// The day of execution, or the first day of the schedule, has passed.
    DateInPast(BusinessDate),
    /// What the order moves is more than an account can hold.
    TooLarge,
    /// The order is above the limit of each voucher; the largest limit, if there is one in the currency.
    AboveLimit(Option<Money>),
    /// The device has no voucher left.
    NoVoucher,
    /// The device does not know what the order would end, cancel or remove.
    TargetUnknown,
    /// The order that would be cancelled has its outcome already.
    TargetDone,
    /// The fee is another one than when the order was reviewed; the fee now, if there is one.
    FeeChanged(Option<Money>),
    /// The account does not have enough, with fee and what is pending; what it has. The balance may be out of date.
    NotEnough(Money),
    /// The order is above what is left of the day's limit.
    AboveDay(Money),
    /// The order is above what is left of the limit of a new device.
    AboveNewDevice(Money),
    /// The order is above what is left of the limit of a new payee.
    AboveNewPayee(Money),
    /// The order is above the limit of one order of its kind.
    AboveKindOrder(Money),
    /// The order is above what is left of the day's limit of its kind.
    AboveKindDay(Money),
    /// The order is above what is left of a limit that the customer set; when the limit loosens, if it does.
    AboveOwnLimit(Money, Option<Time>),
    /// The customer froze the account that pays; when the freeze ends, if it does.
    AccountFrozen(AccountId, Option<Time>),
    /// The customer froze payments to new payees, and the payee seems new; when the freeze ends, if it does.
    NewPayeesFrozen(Option<Time>),
    /// The payee gets more than this in the cooling-off time: the bank will ask for a second approval.
    ApproveAgain(Money),
    /// The order moves more than this: the bank will ask for a login and a second approval.
    LogInAgain(Money),
    /// The creditor is not one of the customer's payees.
    NewPayee,
    /// The customer's list has the creditor under this other name.
    PayeeNamed(String),
    /// The customer has this payee already.
    PayeeKnown,
}

impl Objection {
    /// Whether the order cannot be signed. The person may sign in spite of any other objection.
    #[must_use]
    pub const fn blocks(&self) -> bool {
        !matches!(
            self,
            Self::NotEnough(_)
                | Self::AboveDay(_)
                | Self::AboveNewDevice(_)
                | Self::AboveNewPayee(_)
                | Self::AboveKindOrder(_)
                | Self::AboveKindDay(_)
                | Self::AboveOwnLimit(..)
                | Self::AccountFrozen(..)
                | Self::NewPayeesFrozen(_)
                | Self::ApproveAgain(_)
                | Self::LogInAgain(_)
                | Self::NewPayee
                | Self::PayeeNamed(_)
                | Self::PayeeKnown
        )
    }

    /// When the customer's own brake that stops the order loosens, on the bank's clock. `None` if it does not, or if it is not
    /// such a brake. Show it beside the text, in the person's time zone.
    #[must_use]
    pub const fn loosens(&self) -> Option<Time> {
        match self {
            Self::AboveOwnLimit(_, at) | Self::AccountFrozen(_, at) | Self::NewPayeesFrozen(at) => {
                *at
            }
            _ => None,
        }
    }

    /// The stable word.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NotHeld(_) => "account_not_held",
            Self::MayNotPay(_) => "debit_account_forbidden",
            Self::OtherCurrency(_) => "currency_mismatch",
            Self::SameAccount => "same_account",
            Self::DateInPast(_) => "date_in_past",
            Self::TooLarge => "amount_out_of_range",
            Self::AboveLimit(_) => "over_voucher_limit",
            Self::NoVoucher => "no_voucher",
            Self::TargetUnknown => "target_unknown",
            Self::TargetDone => "too_late",
            Self::FeeChanged(_) => "fee_changed",
            Self::NotEnough(_) => "insufficient_funds",
            Self::AboveDay(_) => "limit_of_a_day",
            Self::AboveNewDevice(_) => "limit_of_a_new_device",
            Self::AboveNewPayee(_) => "limit_of_a_new_payee",
            Self::AboveKindOrder(_) => "limit_of_an_order",
            Self::AboveKindDay(_) => "limit_of_a_kind",
            Self::AboveOwnLimit(..) => "own_limit",
            Self::AccountFrozen(..) => "account_frozen_by_customer",
            Self::NewPayeesFrozen(_) => "new_payees_frozen",
            Self::ApproveAgain(_) => "approve_again",
            Self::LogInAgain(_) => "log_in_again",
            Self::NewPayee => "new_payee",
            Self::PayeeNamed(_) => "payee_named_otherwise",
            Self::PayeeKnown => "payee_known",
        }
    }

    /// Says to a person what is wrong and what to do.
    #[must_use]
    pub fn text(&self, locale: Locale) -> String {
        match locale {
            Locale::En => self.english(),
            Locale::Th => self.thai(),
        }
    }

    fn english(&self) -> String {
        match self {
            Self::NotHeld(account) => {
                format!("You do not hold the account {account}. Choose one of your accounts.")
            }
            Self::MayNotPay(account) => {
                format!("You may not pay from the account {account}. Choose another account.")
            }
            Self::OtherCurrency(currency) => {
                format!("The account is in {currency}. Order in {currency}, or choose another account.")
            }
            Self::SameAccount => {
                "The order pays from an account to the same account. Choose another payee or another account.".into()
            }
            Self::DateInPast(date) => format!("The date {date} has passed. Choose a later date."),
            Self::TooLarge => "No account can hold this much. Order a smaller amount.".into(),
            Self::AboveLimit(Some(limit)) => {
                format!("One order may move at most {limit}. Order a smaller amount.")
            }
            Self::AboveLimit(None) => "The order is above the limit of one order.".into(),
            Self::NoVoucher => {
                "This device may give no more orders until it has been online. Go online, and order again.".into()
            }
            Self::TargetUnknown => {
                "This device does not know what the order is about. Look at the list again.".into()
            }
            Self::TargetDone => "It is too late: the order has its outcome already.".into(),
            Self::FeeChanged(Some(fee)) => {
                format!("The fee has changed to {fee}. Review the order again.")
            }
            Self::FeeChanged(None) => "The order costs no fee any more. Review it again.".into(),
            Self::NotEnough(available) => {
                format!("As far as this device knows, the account has only {available}. The bank may refuse the order.")
            }
            Self::AboveDay(left) => {
                format!("Of the limit of 24 hours {left} are left. The bank may refuse the order.")
            }
            Self::AboveNewDevice(left) => {
                format!("This device is new: for its first hours {left} are left. The bank may refuse the order.")
            }
            Self::AboveNewPayee(left) => {
                format!("The payee seems new: for the first hours {left} are left. The bank may refuse the order.")
            }
            Self::AboveKindOrder(limit) => {
                format!("One order of this kind may move at most {limit}. The bank may refuse the order.")
            }
            Self::AboveKindDay(left) => {
                format!("Of the limit of 24 hours for orders of this kind {left} are left. The bank may refuse the order.")
            }
            Self::AboveOwnLimit(left, _) => {
                format!("Of a limit that you set yourself {left} are left. The bank will refuse the order.")
            }
            Self::AccountFrozen(account, _) => {
                format!("You froze the account {account}. The bank will refuse the order.")
            }
            Self::NewPayeesFrozen(_) => {
                "You froze payments to new payees, and this payee seems new. The bank may refuse the order.".into()
            }
            Self::ApproveAgain(above) => {
                format!("The payee seems new and gets more than {above}. The bank will ask you to approve the order again.")
            }
            Self::LogInAgain(above) => {
                format!("The order moves more than {above}. The bank will ask you to log in and to approve the order again.")
            }
            Self::PayeeNamed(name) => format!(
                "Your list of payees has this account under the name {}. Check whether that is who you mean.",
                text::shown(name)
            ),
            Self::NewPayee => "The payee is not in your list. Check who it is.".into(),
            Self::PayeeKnown => "This payee is in your list already.".into(),
        }
    }

    fn thai(&self) -> String {
        match self {
            Self::NotHeld(account) => {
                format!("คุณไม่ได้เป็นเจ้าของบัญชี {account} โปรดเลือกบัญชีของคุณ")
            }
            Self::MayNotPay(account) => {
                format!("คุณไม่มีสิทธิ์จ่ายเงินจากบัญชี {account} โปรดเลือกบัญชีอื่น")
            }
            Self::OtherCurrency(currency) => {
                format!("บัญชีนี้เป็นสกุลเงิน {currency} โปรดทำรายการเป็น {currency} หรือเลือกบัญชีอื่น")
            }
            Self::SameAccount => "บัญชีที่จ่ายและบัญชีผู้รับเป็นบัญชีเดียวกัน โปรดเลือกผู้รับเงินหรือบัญชีอื่น".into(),
            Self::DateInPast(date) => format!("วันที่ {date} ผ่านไปแล้ว โปรดเลือกวันที่ในอนาคต"),
            Self::TooLarge => "จำนวนเงินมากเกินกว่าที่บัญชีจะรับได้ โปรดลดจำนวนเงิน".into(),
            Self::AboveLimit(Some(limit)) => {
                format!("หนึ่งรายการโอนได้ไม่เกิน {limit} โปรดลดจำนวนเงิน")
            }
            Self::AboveLimit(None) => "จำนวนเงินเกินวงเงินต่อรายการ".into(),
            Self::NoVoucher => {
                "อุปกรณ์นี้ทำรายการเพิ่มไม่ได้จนกว่าจะเชื่อมต่ออินเทอร์เน็ต โปรดเชื่อมต่อแล้วทำรายการใหม่".into()
            }
            Self::TargetUnknown => "อุปกรณ์นี้ไม่รู้จักสิ่งที่รายการกล่าวถึง โปรดดูรายการอีกครั้ง".into(),
            Self::TargetDone => "ไม่ทันแล้ว รายการนี้มีผลแล้ว".into(),
            Self::FeeChanged(Some(fee)) => {
                format!("ค่าธรรมเนียมเปลี่ยนเป็น {fee} โปรดตรวจสอบรายการอีกครั้ง")
            }
            Self::FeeChanged(None) => "รายการนี้ไม่มีค่าธรรมเนียมแล้ว โปรดตรวจสอบรายการอีกครั้ง".into(),
            Self::NotEnough(available) => {
                format!("เท่าที่อุปกรณ์นี้ทราบ บัญชีมีเพียง {available} ธนาคารอาจไม่รับรายการ")
            }
            Self::AboveDay(left) => {
                format!("วงเงินใน 24 ชั่วโมงเหลือ {left} ธนาคารอาจไม่รับรายการ")
            }
            Self::AboveNewDevice(left) => {
                format!("อุปกรณ์นี้ยังใหม่ วงเงินช่วงแรกเหลือ {left} ธนาคารอาจไม่รับรายการ")
            }
            Self::AboveNewPayee(left) => {
                format!("ผู้รับเงินนี้อาจเป็นรายใหม่ วงเงินช่วงแรกเหลือ {left} ธนาคารอาจไม่รับรายการ")
            }
            Self::AboveKindOrder(limit) => {
                format!("รายการประเภทนี้ทำได้ไม่เกิน {limit} ต่อรายการ ธนาคารอาจไม่รับรายการ")
            }
            Self::AboveKindDay(left) => {
                format!("วงเงินใน 24 ชั่วโมงของรายการประเภทนี้เหลือ {left} ธนาคารอาจไม่รับรายการ")
            }
            Self::AboveOwnLimit(left, _) => {
                format!("วงเงินที่คุณกำหนดเองเหลือ {left} ธนาคารจะไม่รับรายการ")
            }
            Self::AccountFrozen(account, _) => {
                format!("คุณได้ระงับบัญชี {account} ไว้ ธนาคารจะไม่รับรายการ")
            }
            Self::NewPayeesFrozen(_) => {
                "คุณได้ระงับการจ่ายเงินให้ผู้รับรายใหม่ และผู้รับเงินนี้อาจเป็นรายใหม่ ธนาคารอาจไม่รับรายการ".into()
            }
            Self::ApproveAgain(above) => {
                format!("ผู้รับเงินนี้อาจเป็นรายใหม่และได้รับเกิน {above} ธนาคารจะขอให้คุณอนุมัติรายการอีกครั้ง")
            }
            Self::LogInAgain(above) => {
                format!("รายการนี้มีจำนวนเงินเกิน {above} ธนาคารจะขอให้คุณเข้าสู่ระบบและอนุมัติรายการอีกครั้ง")
            }
            Self::PayeeNamed(name) => {
                let name = text::shown(name);
                format!("ในรายชื่อผู้รับเงินของคุณ บัญชีนี้ใช้ชื่อ {name} โปรดตรวจสอบ")
            }
            Self::NewPayee => "ผู้รับเงินไม่อยู่ในรายชื่อของคุณ โปรดตรวจสอบ".into(),
            Self::PayeeKnown => "ผู้รับเงินนี้อยู่ในรายชื่อของคุณแล้ว".into(),
        }
    }
}
