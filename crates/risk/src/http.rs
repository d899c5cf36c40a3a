//! The operator's routes: cases, explanations, rules, lists, back-tests.

use crate::backtest::BackTest;
use crate::cases::{Case, Explained};
use crate::error::{Failure, Refused};
use crate::lists::Listed;
use crate::risk::Risk;
use crate::rules::{RuleSetVersion, Step};
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use http_edge::{Json, Rejection};
use protocol::http::{
    BackTestRiskRules, ChangeRiskList, CloseRiskCase, DraftRiskRules, RiskBackTest, RiskCase,
    RiskCases, RiskDiffering, RiskDone, RiskExplanation, RiskListEntry, RiskLists, RiskRuleSet,
    RiskRuleSets, RiskRulesDrafted, StepRiskRules,
};
use std::error::Error;
use types::ErrorCode;

const DAY_MS: u64 = 86_400_000;

/// The routes. The caller protects them with the operator's token.
pub fn operator_routes(risk: Risk) -> Router {
    let no_method = async || Rejection::from(ErrorCode::MethodNotAllowed);
    Router::new()
        .route("/v1/operator/risk/cases", get(cases).post(close))
        .route("/v1/operator/risk/decisions/{id}", get(explain))
        .route("/v1/operator/risk/rules", get(rules).post(draft))
        .route("/v1/operator/risk/rules/steps", post(step))
        .route("/v1/operator/risk/backtests", post(back_test))
        .route("/v1/operator/risk/lists", get(lists).post(change_list))
        .method_not_allowed_fallback(no_method)
        .with_state(risk)
}

impl From<Failure> for Rejection {
    fn from(failure: Failure) -> Self {
        Self::of_fault(failure.code(), &failure)
    }
}

impl From<Refused> for Rejection {
    fn from(refused: Refused) -> Self {
        let mut detail = refused.to_string();
        let mut cause = refused.source();
        while let Some(error) = cause {
            detail = format!("{detail}: {error}");
            cause = error.source();
        }
        Self::new(refused.code()).with_detail(detail)
    }
}

fn json(of: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(of).unwrap_or_default()
}

fn case(of: Case) -> RiskCase {
    let decided = of.decided;
    RiskCase {
        decision: of.decision,
        id: of.id,
        customer: of.customer,
        at: of.at,
        score: decided.score.get(),
        action: decided.action.as_str().to_owned(),
        rule: decided.rule,
        sentence: decided.sentence,
        question: decided.question,
    }
}

async fn cases(State(risk): State<Risk>) -> Result<Json<RiskCases>, Rejection> {
    let cases = risk.cases().await?.into_iter().map(case).collect();
    Ok(Json(RiskCases { cases }))
}

async fn close(
    State(risk): State<Risk>,
    Json(body): Json<CloseRiskCase>,
) -> Result<Json<RiskDone>, Rejection> {
    let outcome = body.outcome.parse()?;
    let who = (body.person.as_str(), body.note.as_str());
    risk.close_case(&body.decision, outcome, who).await??;
    Ok(Json(RiskDone { done: true }))
}

async fn explain(
    State(risk): State<Risk>,
    Path(id): Path<String>,
) -> Result<Json<RiskExplanation>, Rejection> {
    let Explained {
        case: of,
        features,
        shadows,
        outcome,
        person,
    } = risk.explain(&id).await??;
    let decided = &of.decided;
    Ok(Json(RiskExplanation {
        version: decided.version,
        contributions: json(&decided.contributions),
        not_evaluated: json(&decided.not_evaluated),
        overridden: json(&decided.overridden),
        shadows: json(&shadows),
        features: json(&features),
        outcome,
        person,
        case: case(of),
    }))
}

async fn rules(State(risk): State<Risk>) -> Result<Json<RiskRuleSets>, Rejection> {
    let version = |of: RuleSetVersion| RiskRuleSet {
        version: of.version,
        stage: of.life.stage.as_str().to_owned(),
        shadow: of.shadow,
        author: of.life.author,
        tested_by: of.life.tested_by,
        activated_by: of.life.activated_by,
        written: of.written,
        activated: of.activated,
        rules: json(&of.rules),
    };
    let versions = risk.versions().await?.into_iter().map(version).collect();
    Ok(Json(RiskRuleSets { versions }))
}

async fn draft(
    State(risk): State<Risk>,
    Json(body): Json<DraftRiskRules>,
) -> Result<Json<RiskRulesDrafted>, Rejection> {
    let rules = serde_json::from_value(body.rules).map_err(|error| {
        Rejection::new(ErrorCode::RiskRulesInvalid).with_detail(error.to_string())
    })?;
    let version = risk.draft(rules, &body.author).await??;
    Ok(Json(RiskRulesDrafted { version }))
}

async fn step(
    State(risk): State<Risk>,
    Json(body): Json<StepRiskRules>,
) -> Result<Json<RiskDone>, Rejection> {
    let step = match body.step.as_str() {
        "activate" => Step::Activate,
        "rollback" => Step::RollBack,
        "shadow" => Step::Shadow,
        "end_shadow" => Step::EndShadow,
        _ => return Err(ErrorCode::Malformed.into()),
    };
    risk.step(body.version, step, &body.person).await??;
    Ok(Json(RiskDone { done: true }))
}

async fn back_test(
    State(risk): State<Risk>,
    Json(body): Json<BackTestRiskRules>,
) -> Result<Json<RiskBackTest>, Rejection> {
    let since = risk.now().minus_ms(u64::from(body.days) * DAY_MS);
    let test = risk.back_test(body.version, since, &body.person).await??;
    let BackTest {
        decisions,
        actions,
        differing,
    } = test;
    let differing = differing.into_iter().map(|of| RiskDiffering {
        decision: of.decision,
        at: of.at,
        then: of.then.as_str().to_owned(),
        now: of.now.as_str().to_owned(),
        sentence: of.sentence,
    });
    Ok(Json(RiskBackTest {
        version: body.version,
        decisions,
        actions,
        differing: differing.collect(),
    }))
}

async fn lists(State(risk): State<Risk>) -> Result<Json<RiskLists>, Rejection> {
    let entry = |of: Listed| RiskListEntry {
        list: of.list.as_str().to_owned(),
        entry: of.entry,
        risk: of.risk,
        until: of.until,
        person: of.person,
        since: of.since,
    };
    let entries = risk.listed().await?.into_iter().map(entry).collect();
    Ok(Json(RiskLists { entries }))
}

async fn change_list(
    State(risk): State<Risk>,
    Json(body): Json<ChangeRiskList>,
) -> Result<Json<RiskDone>, Rejection> {
    let list = body.list.parse()?;
    let done = if body.remove {
        risk.unlist((list, &body.entry), &body.person).await??
    } else {
        let entry = Listed {
            list,
            entry: body.entry,
            risk: body.risk,
            until: body.until,
            person: body.person,
            since: risk.now(),
        };
        risk.list(entry).await??;
        true
    };
    Ok(Json(RiskDone { done }))
}
