//! A judge of risks that answers what the test says, and keeps what it was asked.

use crate::ports::{Assessment, Candidate, PortError, Risk, Verdict};
use async_trait::async_trait;
use order::RiskReason;
use std::sync::Mutex;

#[derive(Default)]
pub(super) struct TestRisk {
    answer: Mutex<Option<Option<Assessment>>>,
    asked: Mutex<Vec<Candidate>>,
}

impl TestRisk {
    /// Answers so from now on. Before, it approves without a reason.
    pub(super) fn answer(&self, verdict: Verdict, reasons: &[&str]) {
        let reasons = reasons.iter().map(|word| word.parse().unwrap());
        let reasons: Vec<RiskReason> = reasons.collect();
        *self.answer.lock().unwrap() = Some(Some(Assessment { verdict, reasons }));
    }

    /// Answers nothing from now on.
    pub(super) fn fail(&self) {
        *self.answer.lock().unwrap() = Some(None);
    }

    /// What it was asked since the last call.
    pub(super) fn asked(&self) -> Vec<Candidate> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

#[async_trait]
impl Risk for TestRisk {
    async fn assess(&self, candidate: &Candidate) -> Result<Assessment, PortError> {
        self.asked.lock().unwrap().push(candidate.clone());
        match self.answer.lock().unwrap().clone() {
            None => Ok(Assessment {
                verdict: Verdict::Approve,
                reasons: Vec::new(),
            }),
            Some(Some(answer)) => Ok(answer),
            Some(None) => Err(PortError::new("risk", "it is away")),
        }
    }
}
