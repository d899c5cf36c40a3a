//! When a standing order pays.

use crate::reading::{MapFields, date, map_of, word};
use crate::words::closed_words;
use crate::{Field, OrderError};
use protocol::cbor::Value;
use types::BusinessDate;

closed_words!(
    /// How often a standing order pays.
    Frequency, OrderError::UnknownFrequency, {
        /// Every seven days.
        Week = "week",
        /// Every month.
        Month = "month",
        /// Every three months.
        Quarter = "quarter",
        /// Every twelve months.
        Year = "year",
    }
);

/// The schedule of a standing order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// 0: how often it pays.
    pub frequency: Frequency,
    /// 1: the day of the first payment.
    pub first: BusinessDate,
    /// 2: the last day on which it may pay; without one it pays until it is ended.
    pub last: Option<BusinessDate>,
}

impl Schedule {
    /// Checks that the schedule does not end before it begins.
    pub fn check(&self) -> Result<(), OrderError> {
        match self.last {
            Some(last) if last < self.first => Err(OrderError::LastBeforeFirst),
            _ => Ok(()),
        }
    }

    /// The day of a payment; the first payment has the index 0. A month without the first date's day pays on its last
    /// day. `None` after the schedule's last date.
    #[must_use]
    pub fn payment(&self, index: u32) -> Option<BusinessDate> {
        let date = match self.frequency {
            Frequency::Week => self.first.plus_days(index.checked_mul(7)?),
            Frequency::Month => self.first.plus_months(index),
            Frequency::Quarter => self.first.plus_months(index.checked_mul(3)?),
            Frequency::Year => self.first.plus_months(index.checked_mul(12)?),
        }?;
        match self.last {
            Some(last) if date > last => None,
            _ => Some(date),
        }
    }

    pub(crate) fn from_value(value: Value) -> Result<Self, OrderError> {
        let mut fields = MapFields::of(value)?;
        let schedule = Self {
            frequency: fields.required(Field::Frequency, word)?,
            first: fields.required(Field::First, date(Field::First))?,
            last: fields.optional(Field::Last, date(Field::Last))?,
        };
        fields.end()?;
        Ok(schedule)
    }

    pub(crate) fn to_value(self) -> Value {
        map_of([
            (Field::Frequency, Some(self.frequency.as_str().into())),
            (Field::First, Some(self.first.into())),
            (Field::Last, self.last.map(Value::from)),
        ])
    }
}
