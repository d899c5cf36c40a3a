//! Bodies of the operator's routes for risks: cases, explanations, rules, lists, back-tests.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::{CustomerId, Time};

/// A decision that a person looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskCase {
    /// The decision's id.
    pub decision: String,
    /// The order's or login's id.
    pub id: String,
    /// Who it is about.
    pub customer: CustomerId,
    /// When it was decided.
    pub at: Time,
    /// 0 to 100.
    pub score: u8,
    /// `allow`, `alert`, `increase_authentication` or `deny`.
    pub action: String,
    /// The rule that gave the score.
    pub rule: Option<String>,
    /// What a representative of customer service can read out.
    pub sentence: String,
    /// What they ask.
    pub question: Option<String>,
}

/// The answer to `GET /v1/operator/risk/cases`: the open cases, oldest first, at most 1,000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskCases {
    /// The cases.
    pub cases: Vec<RiskCase>,
}

/// The body of `POST /v1/operator/risk/cases`: closes a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseRiskCase {
    /// The decision.
    pub decision: String,
    /// `fraud` or `genuine`.
    pub outcome: String,
    /// Who closes it.
    pub person: String,
    /// What they found out.
    pub note: String,
}

/// The answer to an act that only succeeds or fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskDone {
    /// Whether it changed anything.
    pub done: bool,
}

/// The answer to `GET /v1/operator/risk/decisions/{id}`, by the id of a decision, an order or a login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskExplanation {
    /// The decision.
    #[serde(flatten)]
    pub case: RiskCase,
    /// The version of the rules.
    pub version: u32,
    /// The rules that matched, with their scores.
    pub contributions: Value,
    /// The rules that could not be evaluated, and why.
    pub not_evaluated: Value,
    /// What the bank's own checks made of the score.
    pub overridden: Value,
    /// What shadow rules decided.
    pub shadows: Value,
    /// The features.
    pub features: Value,
    /// What people found out: `fraud` or `genuine`.
    pub outcome: Option<String>,
    /// Who closed the case.
    pub person: Option<String>,
}

/// A version of the rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskRuleSet {
    /// Its number.
    pub version: u32,
    /// `draft`, `tested`, `active` or `retired`.
    pub stage: String,
    /// Whether it judges beside the active version, without effect.
    pub shadow: bool,
    /// Who wrote it.
    pub author: String,
    /// Who tested it.
    pub tested_by: Option<String>,
    /// Who activated it.
    pub activated_by: Option<String>,
    /// When it was written.
    pub written: Time,
    /// When it was last activated.
    pub activated: Option<Time>,
    /// The rules.
    pub rules: Value,
}

/// The answer to `GET /v1/operator/risk/rules`: all versions, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskRuleSets {
    /// The versions.
    pub versions: Vec<RiskRuleSet>,
}

/// The body of `POST /v1/operator/risk/rules`: a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftRiskRules {
    /// The rules.
    pub rules: Value,
    /// Who wrote them.
    pub author: String,
}

/// The answer to a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskRulesDrafted {
    /// Its version.
    pub version: u32,
}

/// The body of `POST /v1/operator/risk/rules/steps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepRiskRules {
    /// The version.
    pub version: u32,
    /// `activate`, `rollback`, `shadow` or `end_shadow`.
    pub step: String,
    /// Who does it.
    pub person: String,
}

/// The body of `POST /v1/operator/risk/backtests`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackTestRiskRules {
    /// The version.
    pub version: u32,
    /// How many days of decisions.
    pub days: u32,
    /// Who tests.
    pub person: String,
}

/// A decision that a version would make otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskDiffering {
    /// The decision.
    pub decision: String,
    /// When it was made.
    pub at: Time,
    /// What was decided.
    pub then: String,
    /// What the version decides.
    pub now: String,
    /// Its sentence.
    pub sentence: String,
}

/// The answer to a back-test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskBackTest {
    /// The version.
    pub version: u32,
    /// The decisions that were judged again.
    pub decisions: u64,
    /// How many had each action then, in rows, and have each now, in columns: allow, alert, increase authentication,
    /// deny.
    pub actions: [[u64; 4]; 4],
    /// The newest ones whose action differs, at most 100.
    pub differing: Vec<RiskDiffering>,
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskListEntry {
    /// The list.
    pub list: String,
    /// A prefix or a country.
    pub entry: String,
    /// The risk of an address, 0 to 100.
    pub risk: Option<u8>,
    /// Until when it counts.
    pub until: Option<Time>,
    /// Who listed it.
    pub person: String,
    /// When.
    pub since: Time,
}

/// The answer to `GET /v1/operator/risk/lists`. Customers on the list of exceptions are not shown: it has no numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskLists {
    /// The entries.
    pub entries: Vec<RiskListEntry>,
}

/// The body of `POST /v1/operator/risk/lists`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeRiskList {
    /// `exception_user`, `trusted_address`, `untrusted_address`, `address_risk` or `negative_country`.
    pub list: String,
    /// A customer, prefix or country.
    pub entry: String,
    /// The risk of an address.
    pub risk: Option<u8>,
    /// Until when it counts.
    pub until: Option<Time>,
    /// Who does it.
    pub person: String,
    /// Whether it is removed.
    pub remove: bool,
}
