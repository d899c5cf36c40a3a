//! The protocol of the Fraud Detection Handbook (Y.-A. Le Borgne et al., 2022): its features (chapter 3), and its training and
//! test weeks (chapter 5). Its data are simulated.

use super::boosting::{Labelled, Training, train};
use super::measuring::{CardDay, area_under_roc, average_precision, card_precision};
use super::{Forest, Row};
use std::collections::{BTreeSet, HashMap, VecDeque};

const DAY: u32 = 86_400;

/// Days until frauds are found.
const DELAY_DAYS: u32 = 7;

/// The days of the windows.
const WINDOWS: [u32; 3] = [1, 7, 30];

/// Cards that people look at each day.
const TOP: usize = 100;

/// The first day of training of each test fold: four weeks that begin on 25 July 2018, with 1 April as day 0.
pub const TESTED: [u32; 4] = [115, 122, 129, 136];

/// The same of the folds on which parameters are chosen: each test week is two weeks earlier.
pub const VALIDATED: [u32; 4] = [101, 108, 115, 122];

/// The figures that the Handbook publishes for XGBoost: average precision, area under ROC, card precision at 100.
pub const PUBLISHED: [f64; 3] = [0.687, 0.879, 0.303];

/// A payment, in the order of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Payment {
    /// Seconds since the beginning of day 0, a Sunday.
    pub seconds: u32,
    /// The customer.
    pub customer: u32,
    /// The terminal.
    pub payee: u32,
    /// The amount, in units.
    pub amount: f32,
    /// Whether it was a fraud.
    pub is_fraud: bool,
}

impl Payment {
    const fn day(&self) -> u32 {
        self.seconds / DAY
    }
}

/// What was measured over a test week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Week {
    /// The first day of training.
    pub trained_from: u32,
    /// Payments in the training and in the test.
    pub payments: [usize; 2],
    /// Average precision, area under ROC, card precision at 100.
    pub measured: [f64; 3],
}

/// The features of the payments.
#[must_use]
pub fn rows(payments: &[Payment]) -> Vec<Row> {
    let mut customers: HashMap<u32, VecDeque<Payment>> = HashMap::new();
    let mut payees: HashMap<u32, VecDeque<Payment>> = HashMap::new();
    payments
        .iter()
        .map(|payment| {
            let of_customer = customers.entry(payment.customer).or_default();
            let of_payee = payees.entry(payment.payee).or_default();
            let of_customer = remembered(of_customer, payment, 0);
            let of_payee = remembered(of_payee, payment, DELAY_DAYS);
            row(payment, (of_customer, of_payee))
        })
        .collect()
}

/// Adds the payment to a history, and forgets what no window reaches any more.
fn remembered<'h>(
    history: &'h mut VecDeque<Payment>,
    payment: &Payment,
    delay_days: u32,
) -> &'h VecDeque<Payment> {
    let reach = (30 + delay_days) * DAY;
    while history
        .front()
        .is_some_and(|first| first.seconds + reach <= payment.seconds)
    {
        history.pop_front();
    }
    history.push_back(*payment);
    history
}

fn row(
    payment: &Payment,
    (of_customer, of_payee): (&VecDeque<Payment>, &VecDeque<Payment>),
) -> Row {
    let is = |holds: bool| f32::from(u8::from(holds));
    let is_weekend = matches!(payment.day() % 7, 0 | 6);
    let is_night = payment.seconds % DAY / 3_600 <= 6;
    let mut row = vec![payment.amount, is(is_weekend), is(is_night)];
    for days in WINDOWS {
        let window = of_customer
            .iter()
            .filter(|of| of.seconds + days * DAY > payment.seconds);
        let (mut counted, mut sum) = (0.0, 0.0);
        for of in window {
            counted += 1.0;
            sum += of.amount;
        }
        row.extend([counted, sum / counted]);
    }
    for days in WINDOWS {
        let begin = (DELAY_DAYS + days) * DAY;
        let window = of_payee.iter().filter(|of| {
            of.seconds + begin > payment.seconds && of.seconds + DELAY_DAYS * DAY <= payment.seconds
        });
        let (mut counted, mut frauds) = (0.0_f32, 0.0);
        for of in window {
            counted += 1.0;
            frauds += is(of.is_fraud);
        }
        row.extend([counted, frauds / counted.max(1.0)]);
    }
    row.try_into().unwrap_or_default()
}

/// Trains on 7 days and tests on the 7 days after the 7 days of delay, in each of the folds. Payments of customers whose
/// frauds were found before are not in the test.
#[must_use]
pub fn evaluate(payments: &[Payment], folds: &[u32], training: &Training) -> Vec<Week> {
    let rows = rows(payments);
    let labelled: Vec<(Payment, Labelled)> = payments
        .iter()
        .zip(rows)
        .map(|(payment, row)| {
            let is_fraud = payment.is_fraud;
            (*payment, Labelled { row, is_fraud })
        })
        .collect();
    let week = |&from: &u32| week(&labelled, from, training);
    folds.iter().map(week).collect()
}

/// The model of one training week.
#[must_use]
pub fn trained(payments: &[(Payment, Labelled)], from: u32, training: &Training) -> Forest {
    let days = from..from + 7;
    let of_week = payments.iter().filter(|(of, _)| days.contains(&of.day()));
    let rows: Vec<Labelled> = of_week.map(|(_, row)| *row).collect();
    train(&rows, training)
}

fn week(payments: &[(Payment, Labelled)], from: u32, training: &Training) -> Week {
    let forest = trained(payments, from, training);
    let frauds_on = |days: std::ops::Range<u32>| {
        let found = payments
            .iter()
            .filter(move |(of, _)| of.is_fraud && days.contains(&of.day()));
        found.map(|(of, _)| of.customer)
    };
    let mut known: BTreeSet<u32> = frauds_on(from..from + 7).collect();
    let mut scored = Vec::new();
    let mut days: Vec<Vec<CardDay>> = Vec::new();
    for day in 0..7 {
        // What was found until that day: frauds of the days before, less the delay.
        let found = from + 7 + day;
        known.extend(frauds_on(found - 1..found));
        let tested = from + 14 + day;
        let of_day = payments
            .iter()
            .filter(|(of, _)| of.day() == tested && !known.contains(&of.customer));
        let of_day: Vec<CardDay> = of_day
            .map(|(of, row)| (of.customer, forest.probability(&row.row), of.is_fraud))
            .collect();
        scored.extend(
            of_day
                .iter()
                .map(|(_, score, is_fraud)| (*score, *is_fraud)),
        );
        days.push(of_day);
    }
    let trained_on = payments
        .iter()
        .filter(|(of, _)| (from..from + 7).contains(&of.day()))
        .count();
    Week {
        trained_from: from,
        payments: [trained_on, scored.len()],
        measured: [
            average_precision(&scored),
            area_under_roc(&scored),
            card_precision(&days, TOP),
        ],
    }
}

/// The means of the weeks: average precision, area under ROC, card precision at 100.
#[must_use]
pub fn means(weeks: &[Week]) -> [f64; 3] {
    let weeks_counted = f64::from(u32::try_from(weeks.len()).unwrap_or(u32::MAX));
    let mut means = [0.0; 3];
    for week in weeks {
        for (mean, measured) in means.iter_mut().zip(week.measured) {
            *mean += measured / weeks_counted;
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three payments of a customer, and a fraud that counts against the terminal a week later.
    #[test]
    fn windows_end_where_the_handbooks_do() {
        let payment = |day: u32, hour: u32, amount: f32, is_fraud| Payment {
            seconds: day * DAY + hour * 3_600,
            customer: 1,
            payee: 2,
            amount,
            is_fraud,
        };
        let payments = [
            payment(0, 7, 10.0, true),
            payment(1, 7, 20.0, false),
            payment(1, 6, 30.0, false),
            payment(7, 6, 5.0, false),
            payment(7, 7, 5.0, false),
            payment(8, 7, 5.0, false),
        ];
        let mut ordered = payments;
        ordered.sort_by_key(|payment| payment.seconds);
        let rows = rows(&ordered);
        // Day 0 is a Sunday; 7 o'clock is no night, 6 o'clock is.
        assert_eq!(rows[0][..5], [10.0, 1.0, 0.0, 1.0, 10.0]);
        assert_eq!(rows[1][..5], [30.0, 0.0, 1.0, 2.0, 20.0]);
        // The payment of exactly a day before is outside the window of a day.
        assert_eq!(rows[2][..5], [20.0, 0.0, 0.0, 2.0, 25.0]);
        assert_eq!(rows[2][5..7], [3.0, 20.0]);
        // A week and an hour less: the fraud is not found yet. A week: it is.
        assert_eq!(rows[3][9..11], [0.0, 0.0]);
        assert_eq!(rows[4][9..11], [1.0, 1.0]);
        // A day later the window of a day has the two payments after it.
        assert_eq!(rows[5][9..15], [2.0, 0.0, 3.0, 1.0 / 3.0, 3.0, 1.0 / 3.0]);
    }
}
