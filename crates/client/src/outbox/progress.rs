//! How far an order has come.

use crate::approved::Approved;
use crate::outbox::challenge::Challenge;
use crate::outbox::refusal::Refusal;
use crate::seal::SealedError;
use order::Reason;
use protocol::cbor::{Fields, FromValue as _, Value};
use protocol::cbor_array;
use protocol::http::{OrderAnswer, OrderProgress, OrderReceived};
use types::{BusinessDate, ErrorCode};

/// The rank of an outcome.
const FINAL: u8 = 6;

/// How far an order has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Signed and stored, never sent.
    Waiting,
    /// Sent at least once, and not answered.
    Sent,
    /// The bank has it, and asks the person to approve it again.
    Challenged(Challenge),
    /// The person did: the signed answer, which is sent until the bank has answered.
    Approved(Challenge, Box<Approved>),
    /// The bank has it.
    Accepted,
    /// The core bank will execute it later: on that day, or after clearing.
    Pending(Option<BusinessDate>),
    Executed {
        date: Option<BusinessDate>,
        bank_reference: Option<String>,
    },
    Refused(Refusal),
    /// It was never sent, and is not sent any more; or gateway got it too late.
    Expired,
    Cancelled,
}

/// Where news about an order come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The core bank's event: the last of them counts.
    Entry,
    /// An answer to a request, which may be older than what is known.
    Answer,
}

impl Progress {
    const fn rank(&self) -> u8 {
        match self {
            Self::Waiting => 0,
            Self::Sent => 1,
            Self::Challenged(_) => 2,
            Self::Approved(..) => 3,
            Self::Accepted => 4,
            Self::Pending(_) => 5,
            _ => FINAL,
        }
    }

    /// Whether nothing more becomes of the order, but that another bank may return its money.
    pub(crate) const fn is_final(&self) -> bool {
        self.rank() == FINAL
    }

    /// Whether the news change it.
    pub(crate) fn yields_to(&self, news: &Self, source: Source) -> bool {
        match source {
            _ if self == news => false,
            Source::Entry => news.rank() >= self.rank(),
            Source::Answer => news.rank() > self.rank() || self.is_forgotten(news),
        }
    }

    /// Whether the bank asks for another approval than this one: it was restored from an older copy, and the order came to
    /// it anew.
    fn is_forgotten(&self, news: &Self) -> bool {
        let Self::Challenged(asked) = news else {
            return false;
        };
        match self {
            Self::Challenged(known) | Self::Approved(known, _) => {
                known.challenge != asked.challenge
            }
            Self::Accepted => true,
            _ => false,
        }
    }

    /// The receipt of an order, or of the answer to its challenge.
    pub(crate) fn of_received(received: OrderReceived) -> Self {
        match received.challenge {
            Some(asked) => Self::Challenged(asked.into()),
            None => Self::Accepted,
        }
    }

    /// The answer to the question what became of an order.
    pub(crate) fn of_answer(answer: OrderAnswer) -> Self {
        match answer.state {
            OrderProgress::Received => Self::Accepted,
            OrderProgress::Challenged => match answer.challenge {
                Some(asked) => Self::Challenged(asked.into()),
                None => Self::Accepted,
            },
            OrderProgress::Pending => Self::Pending(answer.date),
            OrderProgress::Executed => Self::Executed {
                date: answer.date,
                bank_reference: answer.bank_reference,
            },
            OrderProgress::Refused => match answer.code {
                Some(code) => Self::of_code(code, None),
                None => {
                    let reason = answer.reason.unwrap_or_default();
                    Self::Refused(Refusal::Reason(reason_of(&reason)))
                }
            },
            OrderProgress::Cancelled => Self::Cancelled,
        }
    }

    /// What a refusal by gateway means.
    pub(crate) fn of_code(code: u16, detail: Option<String>) -> Self {
        if code == ErrorCode::OrderExpired.number() {
            Self::Expired
        } else if code == ErrorCode::OrderCancelledBefore.number() {
            Self::Cancelled
        } else {
            Self::Refused(Refusal::Code(code, detail))
        }
    }

    /// The stored form: a number and what belongs to it.
    pub(crate) fn encode(&self) -> Value {
        match self {
            Self::Waiting => cbor_array![0],
            Self::Sent => cbor_array![1],
            Self::Accepted => cbor_array![2],
            Self::Pending(date) => cbor_array![3, *date],
            Self::Executed {
                date,
                bank_reference,
            } => cbor_array![4, *date, bank_reference.as_deref()],
            Self::Refused(Refusal::Code(number, detail)) => {
                cbor_array![5, u64::from(*number), detail.as_deref()]
            }
            Self::Refused(Refusal::Reason(reason)) => cbor_array![6, reason.as_str()],
            Self::Expired => cbor_array![7],
            Self::Cancelled => cbor_array![8],
            Self::Challenged(asked) => cbor_array![9, asked.encode()],
            Self::Approved(asked, approved) => cbor_array![
                10,
                asked.encode(),
                approved.signed.as_slice(),
                approved.assertion.as_ref(),
            ],
        }
    }

    /// Reads the stored form. A number of a newer version counts as accepted, so that the bank is asked.
    pub(crate) fn decode(value: Value) -> Result<Self, SealedError> {
        let mut fields = Fields::new(Vec::from_value(value)?);
        Ok(match fields.take::<u64>()? {
            0 => Self::Waiting,
            1 => Self::Sent,
            3 => Self::Pending(fields.take()?),
            4 => Self::Executed {
                date: fields.take()?,
                bank_reference: fields.take()?,
            },
            5 => {
                let number = u16::try_from(fields.take::<u64>()?);
                let number = number.map_err(|_| SealedError::Shape)?;
                Self::Refused(Refusal::Code(number, fields.take()?))
            }
            6 => Self::Refused(Refusal::Reason(reason_of(&fields.take::<String>()?))),
            7 => Self::Expired,
            8 => Self::Cancelled,
            9 => Self::Challenged(Challenge::decode(fields.take()?)?),
            10 => {
                let asked = Challenge::decode(fields.take()?)?;
                let approved = Approved {
                    signed: fields.take()?,
                    assertion: fields.take_added()?.flatten(),
                };
                Self::Approved(asked, Box::new(approved))
            }
            _ => Self::Accepted,
        })
    }
}

/// The reason of that word; a word that is none is a reason that nobody knows.
fn reason_of(word: &str) -> Reason {
    word.parse()
        .unwrap_or_else(|_| Reason::Other("unknown".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use order::Assertion;
    use protocol::http::OrderChallenge;
    use types::{ChallengeId, Time};

    fn challenge(number: u8) -> Challenge {
        OrderChallenge {
            challenge: ChallengeId::new([number; 16]),
            needs: vec!["signature".to_owned()],
            reasons: vec!["new_payee".to_owned(), "unheard_of".to_owned()],
            expires: Time::from_ms(7),
        }
        .into()
    }

    fn assertion() -> Assertion {
        Assertion {
            credential: vec![1],
            authenticator_data: vec![2],
            client_data_json: vec![3],
            signature: vec![4],
        }
    }

    fn approved(assertion: Option<Assertion>) -> Box<Approved> {
        let signed = vec![3; 7];
        Box::new(Approved { signed, assertion })
    }

    fn all() -> Vec<Progress> {
        let date = "2026-12-01".parse().ok();
        vec![
            Progress::Waiting,
            Progress::Sent,
            Progress::Challenged(challenge(1)),
            Progress::Challenged(challenge(2)),
            Progress::Approved(challenge(1), approved(None)),
            Progress::Approved(challenge(1), approved(Some(assertion()))),
            Progress::Accepted,
            Progress::Pending(None),
            Progress::Pending(date),
            Progress::Executed {
                date,
                bank_reference: Some("ref".into()),
            },
            Progress::Refused(Refusal::Code(8014, Some("why".into()))),
            Progress::Refused(Refusal::Reason(Reason::InsufficientFunds)),
            Progress::Expired,
            Progress::Cancelled,
        ]
    }

    #[test]
    fn it_is_read_back() {
        for progress in all() {
            assert_eq!(Progress::decode(progress.encode()), Ok(progress));
        }
        let newer = cbor_array![99, "of a newer version"];
        assert_eq!(Progress::decode(newer), Ok(Progress::Accepted));
    }

    #[test]
    fn answers_only_lead_on_and_the_last_event_counts() {
        for (earlier, one) in all().iter().enumerate() {
            for (later, news) in all().iter().enumerate() {
                let leads_on = news.rank() > one.rank() || one.is_forgotten(news);
                assert_eq!(one.yields_to(news, Source::Answer), leads_on);
                let counts = earlier != later && news.rank() >= one.rank();
                assert_eq!(one.yields_to(news, Source::Entry), counts);
            }
        }
    }

    #[test]
    fn a_challenge_replaces_only_what_the_bank_has_forgotten() {
        let (first, second) = (challenge(1), challenge(2));
        let check = |known: Progress, asked: &Challenge, expected| {
            let news = Progress::Challenged(asked.clone());
            assert_eq!(
                known.yields_to(&news, Source::Answer),
                expected,
                "{known:?}"
            );
        };
        check(Progress::Sent, &first, true);
        check(Progress::Challenged(first.clone()), &first, false);
        check(Progress::Challenged(first.clone()), &second, true);
        check(
            Progress::Approved(first.clone(), approved(None)),
            &first,
            false,
        );
        check(
            Progress::Approved(first.clone(), approved(None)),
            &second,
            true,
        );
        check(Progress::Accepted, &first, true);
        check(Progress::Pending(None), &first, false);
        check(Progress::Cancelled, &first, false);
    }
}
