//! Whether the time of a refusal tells who exists.

use super::person::{Bank, Person};
use super::visitor::App;
use crate::device::{Enrolling, Phone};
use crate::figures::{micros, quantile};
use crate::flow::is_settled;
use anyhow::{Context as _, bail};
use envelope::ActivationCode;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use protocol::http::{IssuedCode, LogInByPassword, Problem, Status};
use rand::seq::SliceRandom as _;
use reqwest::RequestBuilder;
use serde::Serialize;
use std::cmp::Ordering;
use std::time::{Duration, Instant};

/// What is refused, in the order of the report. Within a pair the answers must be alike, and take alike.
const PAIRS: [[Kind; 2]; 6] = [
    [Kind::OwnPasskeyOtherKey, Kind::UnknownPasskey],
    [Kind::OwnPasskeyOtherKey, Kind::PasskeyOfAnother],
    [Kind::WrongCode, Kind::UnknownCustomer],
    [Kind::WrongPassword, Kind::NoPassword],
    [Kind::WrongPassword, Kind::WrongOneTimeCode],
    [Kind::KnownPasskeyAtPage, Kind::UnknownPasskeyAtPage],
];

/// Beyond so many standard deviations two kinds are not alike.
const DEVIATIONS_MAX: f64 = 3.0;

/// The password of customers who have one.
const PASSWORD: &str = "a walk by the river";

/// People who are prepared at a time.
const PREPARING_MAX: usize = 8;

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
    /// A login with a wrong password of a customer who has one.
    WrongPassword,
    /// A login with a password of a customer who has none.
    NoPassword,
    /// A login with the customer's password and a wrong code.
    WrongOneTimeCode,
    /// A visitor's login at the OpenID provider's page with a registered passkey, whose signature is not its key's.
    KnownPasskeyAtPage,
    /// The same with a passkey that nobody registered.
    UnknownPasskeyAtPage,
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

impl Pair {
    /// Whether the times tell which is which.
    pub(super) fn tells(&self) -> bool {
        self.deviations.abs() > DEVIATIONS_MAX
    }
}

/// Who is refused: a customer, one whose passkey is another's, and the app through which a visitor comes.
struct Refused<'a> {
    bank: &'a Bank,
    app: &'a App,
    person: &'a Person,
    other: &'a Person,
}

impl Refused<'_> {
    fn phone(&self) -> anyhow::Result<&Phone> {
        self.person
            .phones
            .first()
            .context("a customer has a device")
    }
}

impl Kind {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::OwnPasskeyOtherKey => "the own passkey with another key",
            Self::UnknownPasskey => "an unknown passkey",
            Self::PasskeyOfAnother => "another customer's passkey",
            Self::WrongCode => "a wrong code",
            Self::UnknownCustomer => "an unknown customer",
            Self::WrongPassword => "a wrong password",
            Self::NoPassword => "a password where there is none",
            Self::WrongOneTimeCode => "the password with a wrong code",
            Self::KnownPasskeyAtPage => "a visitor's registered passkey with another key",
            Self::UnknownPasskeyAtPage => "a visitor's unknown passkey",
        }
    }

    /// Makes what the bank has to know beforehand. Whoever has no password logs in all the same, so that the two kinds differ
    /// in nothing else.
    async fn prepare(self, refused: &Refused<'_>) -> anyhow::Result<()> {
        let Refused { bank, person, .. } = *refused;
        match self {
            Self::WrongPassword | Self::WrongOneTimeCode => {
                let phone = refused.phone()?;
                let begun = bank.log_in(person, phone).await?;
                bank.set_password(phone, &begun.access_token, PASSWORD)
                    .await
            }
            Self::NoPassword => bank.log_in(person, refused.phone()?).await.map(drop),
            _ => Ok(()),
        }
    }

    /// Makes a request that is refused.
    async fn request(self, refused: &Refused<'_>) -> anyhow::Result<RequestBuilder> {
        let Refused {
            bank,
            app,
            person,
            other,
        } = *refused;
        let own_with_another_key = || bank.passkey(*person.passkey.credential());
        let passkey = match self {
            Self::WrongCode | Self::UnknownCustomer => return self.enrolment(bank, person).await,
            Self::WrongPassword | Self::NoPassword | Self::WrongOneTimeCode => {
                let password = match self {
                    Self::WrongOneTimeCode => PASSWORD,
                    _ => "a walk along the river",
                };
                let login = LogInByPassword {
                    password: password.to_owned(),
                    code: "000000".to_owned(),
                };
                let request = bank.post(refused.phone()?, "/v1/login/password")?;
                return Ok(request.json(&login));
            }
            Self::KnownPasskeyAtPage => return app.login(bank, &own_with_another_key()?).await,
            Self::UnknownPasskeyAtPage => {
                return app.login(bank, &bank.passkey(rand::random())?).await;
            }
            Self::UnknownPasskey => &bank.passkey(rand::random())?,
            Self::PasskeyOfAnother => &other.passkey,
            Self::OwnPasskeyOtherKey => &own_with_another_key()?,
        };
        let phone = refused.phone()?;
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

/// Waits until nothing is under way that the requests before have caused.
async fn settled(bank: &Bank) -> anyhow::Result<()> {
    while !is_settled(&bank.operator.get::<Status>("status").await?) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Has the bank refuse each kind so often, one after the other, in random order.
pub(super) async fn refusals(
    (bank, app): (&Bank, &App),
    people: &[Person],
    of_each: usize,
) -> anyhow::Result<Vec<Pair>> {
    let mut people = people.windows(2);
    let mut pairs = Vec::new();
    for kinds in PAIRS {
        let mut order = [vec![false; of_each], vec![true; of_each]].concat();
        order.shuffle(&mut rand::rng());
        let whom = people.by_ref().map(|two| match two {
            [person, other] => Some(Refused {
                bank,
                app,
                person,
                other,
            }),
            _ => None,
        });
        let of_kind = |is_second: &bool| match is_second {
            false => kinds[0],
            true => kinds[1],
        };
        let whom: Vec<_> = whom.flatten().take(order.len()).zip(&order).collect();
        let prepare =
            stream::iter(&whom).map(|(refused, is_second)| of_kind(is_second).prepare(refused));
        let prepare = prepare.buffer_unordered(PREPARING_MAX);
        prepare.try_collect::<()>().await?;
        settled(bank).await?;
        let [mut first, mut second] = [Vec::new(), Vec::new()];
        let mut answers = Vec::new();
        for (refused, is_second) in &whom {
            let times = match is_second {
                false => &mut first,
                true => &mut second,
            };
            let request = of_kind(is_second).request(refused).await?;
            let began = Instant::now();
            let answer = request.send().await?;
            times.push(micros(began.elapsed()));
            let answer: Problem = answer.json().await?;
            answers.push(Problem {
                instance: None,
                ..answer
            });
        }
        anyhow::ensure!(
            answers.len() == 2 * of_each,
            "too few customers are refused"
        );
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
        let tells = |deviations| {
            let pair = Pair {
                kinds: PAIRS[0],
                code: 4011,
                of_each: 100,
                p50_us: [50, 70],
                second_is_longer: 0.5,
                deviations,
            };
            pair.tells()
        };
        assert!(tells(deviations) && tells(shorter));
        assert!(!tells(0.0) && !tells(2.9) && !tells(-2.9));
    }
}
