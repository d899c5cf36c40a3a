//! Whether the time of a refusal tells who exists.

use super::person::{Bank, Person};
use crate::device::Enrolling;
use crate::figures::{micros, quantile};
use anyhow::{Context as _, bail};
use envelope::ActivationCode;
use protocol::http::{IssuedCode, Problem};
use rand::seq::SliceRandom as _;
use reqwest::RequestBuilder;
use serde::Serialize;
use std::cmp::Ordering;
use std::time::Instant;

/// What is refused, in the order of the report. Within a pair the answers must be alike, and take alike.
const PAIRS: [[Kind; 2]; 3] = [
    [Kind::OwnPasskeyOtherKey, Kind::UnknownPasskey],
    [Kind::OwnPasskeyOtherKey, Kind::PasskeyOfAnother],
    [Kind::WrongCode, Kind::UnknownCustomer],
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    /// A login with the customer's passkey, whose signature is not its key's.
    OwnPasskeyOtherKey,
    /// A login with a passkey that nobody registered.
    UnknownPasskey,
    /// A login with another customer's passkey.
    PasskeyOfAnother,
    /// An enrolment with a wrong code of a customer who has been given another one.
    WrongCode,
    /// An enrolment with a code of a customer who does not exist.
    UnknownCustomer,
}

/// A pair of refusals, and how well their times tell which is which.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    pub(super) kinds: [Kind; 2],
    /// The stable number of both answers.
    code: u16,
    of_each: usize,
    pub(super) p50_us: [u64; 2],
    /// How likely one of the second kind takes longer than one of the first: 0.5 tells nothing.
    pub(super) second_is_longer: f64,
    /// How many standard deviations that is from 0.5, if the times are alike. Beyond 3 they hardly are.
    pub(super) deviations: f64,
}

impl Kind {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::OwnPasskeyOtherKey => "the own passkey with another key",
            Self::UnknownPasskey => "an unknown passkey",
            Self::PasskeyOfAnother => "another customer's passkey",
            Self::WrongCode => "a wrong code",
            Self::UnknownCustomer => "an unknown customer",
        }
    }

    /// Prepares a refused request. `person` and `other` are two customers.
    async fn request(
        self,
        bank: &Bank,
        person: &Person,
        other: &Person,
    ) -> anyhow::Result<RequestBuilder> {
        let passkey = match self {
            Self::WrongCode | Self::UnknownCustomer => return self.enrolment(bank, person).await,
            Self::UnknownPasskey => &bank.passkey(rand::random())?,
            Self::PasskeyOfAnother => &other.passkey,
            Self::OwnPasskeyOtherKey => &bank.passkey(*person.passkey.credential())?,
        };
        let phone = person.phones.first().context("a customer has a device")?;
        let login = bank.assertion(phone, passkey).await?;
        Ok(bank.post(phone, "/v1/login")?.json(&login))
    }

    async fn enrolment(self, bank: &Bank, person: &Person) -> anyhow::Result<RequestBuilder> {
        let issued = bank.operator.issue_code(&person.customer).await?;
        let other = ActivationCode::from_random(&rand::random());
        let customer = match self {
            Self::UnknownCustomer => format!("x{}", person.customer).parse()?,
            _ => issued.customer,
        };
        let wrong = IssuedCode {
            code: other.expose().to_owned(),
            customer,
            ..issued
        };
        let enrolling = Enrolling::new(bank.client.clone(), &bank.url, &wrong, &bank.clock);
        Ok(enrolling.await?.request())
    }
}

/// The customers that are needed for so many refusals of each kind: one for each, and one more.
pub(super) const fn customers(of_each: usize) -> usize {
    2 * PAIRS.len() * of_each + 1
}

/// Has the bank refuse each kind so often, one after the other, in random order.
pub(super) async fn refusals(
    bank: &Bank,
    people: &[Person],
    of_each: usize,
) -> anyhow::Result<Vec<Pair>> {
    let mut people = people.windows(2);
    let mut pairs = Vec::new();
    for kinds in PAIRS {
        let mut order = [vec![false; of_each], vec![true; of_each]].concat();
        order.shuffle(&mut rand::rng());
        let [mut first, mut second] = [Vec::new(), Vec::new()];
        let mut answers = Vec::new();
        for is_second in order {
            let two = people.next().context("too few customers are refused")?;
            let [person, other] = two else { continue };
            let (kind, times) = match is_second {
                false => (kinds[0], &mut first),
                true => (kinds[1], &mut second),
            };
            let request = kind.request(bank, person, other).await?;
            let began = Instant::now();
            let answer = request.send().await?;
            times.push(micros(began.elapsed()));
            let answer: Problem = answer.json().await?;
            answers.push(Problem {
                instance: None,
                ..answer
            });
        }
        answers.dedup();
        let [answer] = &answers[..] else {
            bail!("the answers tell {kinds:?} apart: {answers:?}");
        };
        let (second_is_longer, deviations) = compare(&first, &second)?;
        let median = |mut times: Vec<u64>| {
            times.sort_unstable();
            quantile(&times, 500)
        };
        pairs.push(Pair {
            kinds,
            code: answer.code,
            of_each,
            p50_us: [first, second].map(median),
            second_is_longer,
            deviations,
        });
    }
    Ok(pairs)
}

/// How likely a time of `second` is longer than one of `first`, and how many standard deviations that is from 0.5 if both
/// are alike (Mann and Whitney, 1947).
fn compare(first: &[u64], second: &[u64]) -> anyhow::Result<(f64, f64)> {
    let mut longer = 0.0;
    for one in first {
        for other in second {
            longer += match other.cmp(one) {
                Ordering::Less => 0.0,
                Ordering::Equal => 0.5,
                Ordering::Greater => 1.0,
            };
        }
    }
    let count = |times: &[u64]| u32::try_from(times.len()).map(f64::from);
    let (of_first, of_second) = (count(first)?, count(second)?);
    let pairs = of_first * of_second;
    let deviation = ((of_first + of_second + 1.0) / (12.0 * pairs)).sqrt();
    let likely = longer / pairs;
    Ok((likely, (likely - 0.5) / deviation))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_are_alike_tell_nothing_and_longer_ones_do() {
        let alike: Vec<u64> = (0..100).collect();
        assert_eq!(compare(&alike, &alike).unwrap(), (0.5, 0.0));
        let longer: Vec<u64> = (20..120).collect();
        let (likely, deviations) = compare(&alike, &longer).unwrap();
        assert!((0.66..0.7).contains(&likely), "{likely}");
        assert!(deviations > 3.0, "{deviations}");
        let (_, shorter) = compare(&longer, &alike).unwrap();
        assert!((deviations + shorter).abs() < 1e-9);
    }
}
