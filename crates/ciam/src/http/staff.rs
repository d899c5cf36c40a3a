//! The routes of the bank's staff. Each request of a member names a session and proves its key; the proofs name the bank's
//! public URL, whatever address the operator's listener has.

use super::openid::add_nonce;
use super::{reason, rejection};
use crate::staff::Caller;
use crate::{Ciam, StaffError};
use axum::Router;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use http::request::Parts;
use http_edge::{Json, Presented, PresentedProof, Rejection};
use protocol::http::{
    ActAnswer, ActivateStaff, AnswerProposal, AuditTrail, BeginActivation, CustomerSeen, DoAct,
    LoginOptions, LookReason, MakeFirstAdministrator, PasskeyOptions, Proposals, StaffCode,
    StaffLogin, StaffMember, StaffMembers, StaffSessionBegun,
};
use types::{CustomerId, ErrorCode};

/// The operator's route, which makes the first administrator.
pub(super) fn operator_routes() -> Router<Ciam> {
    Router::new().route("/v1/operator/administrators", post(first))
}

/// The routes of the staff. Every answer has a nonce for the next proof.
pub(super) fn routes(ciam: &Ciam) -> Router<Ciam> {
    Router::new()
        .route("/v1/staff/activation/challenge", post(activation_options))
        .route("/v1/staff/activation", post(activate))
        .route("/v1/staff/login/challenge", post(login_options))
        .route("/v1/staff/login", post(log_in))
        .route("/v1/staff/logout", post(log_out))
        .route("/v1/staff/acts", post(act))
        .route("/v1/staff/proposals", get(proposals))
        .route("/v1/staff/approvals", post(approve))
        .route("/v1/staff/refusals", post(refuse))
        .route("/v1/staff/members", get(members))
        .route("/v1/staff/customers/{customer}", get(look))
        .route("/v1/staff/customers/{customer}/audit", get(audit_trail))
        .layer(from_fn_with_state(ciam.clone(), add_nonce))
}

impl FromRequestParts<Ciam> for Caller {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, ciam: &Ciam) -> Result<Self, Rejection> {
        let presented = Presented::from_request_parts(parts, ciam).await?;
        let request = (parts.method.as_str(), parts.uri.path());
        Ok(ciam.staff_caller(request, &presented).await?)
    }
}

async fn first(
    State(ciam): State<Ciam>,
    Json(MakeFirstAdministrator { name }): Json<MakeFirstAdministrator>,
) -> Result<Json<StaffCode>, Rejection> {
    Ok(Json(ciam.make_first_administrator(&name).await?))
}

async fn activation_options(
    State(ciam): State<Ciam>,
    proof: PresentedProof,
    Json(request): Json<BeginActivation>,
) -> Result<Json<PasskeyOptions>, Rejection> {
    Ok(Json(ciam.activation_options(&proof, &request).await?))
}

async fn activate(
    State(ciam): State<Ciam>,
    proof: PresentedProof,
    Json(request): Json<ActivateStaff>,
) -> Result<Json<StaffMember>, Rejection> {
    Ok(Json(ciam.activate_staff(&proof, request).await?))
}

async fn login_options(
    State(ciam): State<Ciam>,
    proof: PresentedProof,
) -> Result<Json<LoginOptions>, Rejection> {
    Ok(Json(ciam.staff_login_options(&proof)?))
}

async fn log_in(
    State(ciam): State<Ciam>,
    proof: PresentedProof,
    Json(StaffLogin { assertion }): Json<StaffLogin>,
) -> Result<Json<StaffSessionBegun>, Rejection> {
    Ok(Json(ciam.log_in_staff(&proof, &assertion.into()).await?))
}

async fn log_out(State(ciam): State<Ciam>, caller: Caller) -> Result<(), Rejection> {
    Ok(ciam.end_staff_session(caller).await?)
}

async fn act(
    State(ciam): State<Ciam>,
    caller: Caller,
    Json(DoAct { act, reason: why }): Json<DoAct>,
) -> Result<Json<ActAnswer>, Rejection> {
    let reason = reason(&why)?.to_owned();
    Ok(Json(ciam.act(caller, DoAct { act, reason }).await?))
}

async fn proposals(State(ciam): State<Ciam>, caller: Caller) -> Result<Json<Proposals>, Rejection> {
    let proposals = ciam.proposals(caller).await?;
    Ok(Json(Proposals { proposals }))
}

async fn approve(
    State(ciam): State<Ciam>,
    caller: Caller,
    Json(request): Json<AnswerProposal>,
) -> Result<Json<ActAnswer>, Rejection> {
    Ok(Json(ciam.approve_proposal(caller, answer(request)?).await?))
}

async fn refuse(
    State(ciam): State<Ciam>,
    caller: Caller,
    Json(request): Json<AnswerProposal>,
) -> Result<Json<AnswerProposal>, Rejection> {
    let request = answer(request)?;
    ciam.refuse_proposal(caller, request.clone()).await?;
    Ok(Json(request))
}

fn answer(request: AnswerProposal) -> Result<AnswerProposal, Rejection> {
    let reason = reason(&request.reason)?.to_owned();
    Ok(AnswerProposal { reason, ..request })
}

async fn members(
    State(ciam): State<Ciam>,
    caller: Caller,
) -> Result<Json<StaffMembers>, Rejection> {
    let members = ciam.staff_members(caller).await?;
    Ok(Json(StaffMembers { members }))
}

async fn look(
    State(ciam): State<Ciam>,
    caller: Caller,
    Path(customer): Path<CustomerId>,
    why: Result<Query<LookReason>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<CustomerSeen>, Rejection> {
    let Query(LookReason { reason: why, .. }) = why.map_err(|_| no_reason())?;
    let seen = ciam.look(caller, &customer, reason(&why)?).await?;
    Ok(Json(seen))
}

async fn audit_trail(
    State(ciam): State<Ciam>,
    caller: Caller,
    Path(customer): Path<CustomerId>,
    why: Result<Query<LookReason>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<AuditTrail>, Rejection> {
    let Query(LookReason {
        reason: why,
        before,
    }) = why.map_err(|_| no_reason())?;
    let asked = (reason(&why)?, before);
    let trail = ciam.audit_trail(caller, &customer, asked).await?;
    Ok(Json(trail))
}

fn no_reason() -> Rejection {
    Rejection::new(ErrorCode::Malformed).with_detail("the query has a reason")
}

impl From<StaffError> for Rejection {
    fn from(error: StaffError) -> Self {
        match &error {
            StaffError::Locked { until, now } => {
                Self::new(error.code()).with_retry_after_ms(until.ms_since(*now))
            }
            StaffError::NotProven(cause) => Self::new(error.code()).with_detail(cause.to_string()),
            error => rejection(error.code(), error),
        }
    }
}
