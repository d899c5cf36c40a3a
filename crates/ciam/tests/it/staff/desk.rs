//! A member of the staff at a desk: a session key, a passkey, and requests over HTTP.

use crate::bank::Bank;
use crate::person::{Answered, Refused, passkey};
use crate::phone::Phone;
use axum::Router;
use axum::body::Body;
use ciam::http::{operator_routes, staff_routes};
use envelope::{Signer as _, SoftwareKey};
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use http_edge::OperatorToken;
use protocol::http::{
    ActAnswer, ActOutcome, EnrolmentAnswer, LoginOptions, PasskeyAssertion, PasskeyOptions,
    Problem, ProposalRow, Proposals, StaffCode, StaffMember, StaffSessionBegun,
};
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use token::{DpopProof, ProofFor};
use tower::ServiceExt as _;
use types::{ErrorCode, ProposalId, StaffId, base64url};
use webauthn::SoftwarePasskey;

const OPERATOR: &str = "operator-secret";

/// The operator's listener.
fn listener(bank: &Bank) -> Router {
    let of_operator = OperatorToken::new(OPERATOR).guard(operator_routes(bank.ciam.clone()));
    staff_routes(bank.ciam.clone()).merge(of_operator)
}

/// An answer, and its headers.
async fn answered<T: DeserializeOwned>(
    bank: &Bank,
    request: Request<Body>,
) -> (Answered<T>, HeaderMap) {
    let response = listener(bank).oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    if status == 200 {
        let body: &[u8] = if body.is_empty() { b"null" } else { &body };
        return (Ok(serde_json::from_slice(body).unwrap()), headers);
    }
    let problem: Problem = serde_json::from_slice(&body).unwrap();
    let code = problem.error_code().unwrap();
    assert_eq!(code.status(), status);
    let refused = Refused {
        code,
        problem,
        headers: headers.clone(),
    };
    (Err(refused), headers)
}

/// A request of the operator's.
pub(crate) async fn operate<T: DeserializeOwned>(
    bank: &Bank,
    path: &str,
    body: Json,
) -> Answered<T> {
    let request = Request::post(format!("/v1/operator/{path}"))
        .header("authorization", format!("Bearer {OPERATOR}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()));
    answered(bank, request.unwrap()).await.0
}

pub(crate) async fn first(bank: &Bank) -> Answered<StaffCode> {
    operate(bank, "administrators", json!({ "name": "Ada" })).await
}

pub(crate) struct Desk<'b> {
    pub(crate) bank: &'b Bank,
    key: SoftwareKey,
    pub(crate) passkey: SoftwarePasskey,
    pub(crate) token: String,
    pub(crate) staff: StaffId,
}

impl<'b> Desk<'b> {
    /// A desk with keys and nobody's account.
    pub(crate) fn new(bank: &'b Bank, secret: u8) -> Self {
        Self {
            bank,
            key: SoftwareKey::from_bytes(&[secret + 100; 32]).unwrap(),
            passkey: passkey(secret),
            token: String::new(),
            staff: StaffId::new([0; 16]),
        }
    }

    /// The bank's first administrator, logged in.
    pub(crate) async fn administrator(bank: &'b Bank) -> Self {
        let mut desk = Self::new(bank, 50);
        desk.activate(&first(bank).await.unwrap().code)
            .await
            .unwrap();
        desk.log_in().await.unwrap();
        desk
    }

    /// A member in those roles, logged in, whom `by` makes alone or with `second`.
    pub(crate) async fn member(
        by: &Desk<'b>,
        second: Option<&Desk<'b>>,
        (roles, secret): (&[&str], u8),
    ) -> Self {
        let act = json!({ "kind": "add_staff", "name": "Ben", "roles": roles });
        let code = match by.act(act).await.unwrap() {
            ActAnswer::Done { outcome } => outcome,
            ActAnswer::Proposed { proposal, .. } => {
                second.unwrap().approve(proposal).await.unwrap();
                by.proposal(proposal).await.outcome.unwrap()
            }
        };
        let ActOutcome::StaffCode(code) = code else {
            panic!("{code:?}");
        };
        let mut desk = Self::new(by.bank, secret);
        desk.activate(&code.code).await.unwrap();
        desk.log_in().await.unwrap();
        desk
    }

    async fn nonce(&self) -> String {
        let request = Request::post("/v1/staff/login/challenge").body(Body::empty());
        let (refused, headers) = answered::<Json>(self.bank, request.unwrap()).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::ProofMissing);
        headers["dpop-nonce"].to_str().unwrap().to_owned()
    }

    /// A proof by this desk's key for a request with that token.
    pub(crate) async fn proof(&self, (method, path): (&str, &str), token: &str) -> String {
        let mut id = [0; 16];
        getrandom::fill(&mut id).unwrap();
        let path = path.split('?').next().unwrap();
        let url = format!("{}{path}", self.bank.issuer());
        let what = ProofFor {
            method,
            url: &url,
            token,
        };
        let (key, id, nonce) = (
            self.key.public_key(),
            base64url::encode(&id),
            self.nonce().await,
        );
        let input = DpopProof::signing_input(key, what, Some(&nonce), &id, self.bank.now());
        DpopProof::assemble(&input, &self.key.sign(input.as_bytes()).unwrap())
    }

    /// A request with a session's token and a proof.
    pub(crate) async fn ask_with<T: DeserializeOwned>(
        &self,
        (method, path): (&str, &str),
        (token, proof): (&str, &str),
        body: Option<Json>,
    ) -> Answered<T> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("dpop", proof)
            .header("content-type", "application/json");
        if !token.is_empty() {
            request = request.header("authorization", format!("DPoP {token}"));
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        answered(self.bank, request.body(body).unwrap()).await.0
    }

    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        asked: (&str, &str),
        body: Option<Json>,
    ) -> Answered<T> {
        let proof = self.proof(asked, &self.token).await;
        self.ask_with(asked, (&self.token, &proof), body).await
    }

    async fn unnamed<T: DeserializeOwned>(&self, path: &str, body: Option<Json>) -> Answered<T> {
        let asked = ("POST", path);
        let proof = self.proof(asked, "").await;
        self.ask_with(asked, ("", &proof), body).await
    }

    /// The body that activates an account with a passkey made for this desk's own challenge.
    pub(crate) async fn activation(&self, code: &str) -> Answered<Json> {
        let begin = Some(json!({ "code": code }));
        let path = "/v1/staff/activation/challenge";
        let options: PasskeyOptions = self.unnamed(path, begin).await?;
        let made = self.passkey.register(options.challenge.as_ref()).unwrap();
        Ok(json!({
            "code": code,
            "client_data_json": base64url::encode(&made.client_data_json),
            "attestation_object": base64url::encode(&made.attestation_object),
        }))
    }

    pub(crate) async fn send_activation(&mut self, body: Json) -> Answered<StaffMember> {
        let member: StaffMember = self.unnamed("/v1/staff/activation", Some(body)).await?;
        self.staff = member.staff;
        Ok(member)
    }

    pub(crate) async fn activate(&mut self, code: &str) -> Answered<StaffMember> {
        let body = self.activation(code).await?;
        self.send_activation(body).await
    }

    pub(crate) async fn challenge(&self) -> Vec<u8> {
        let options: LoginOptions = self
            .unnamed("/v1/staff/login/challenge", None)
            .await
            .unwrap();
        options.challenge.0
    }

    /// Answers a challenge with a passkey.
    pub(crate) async fn log_in_with(
        &self,
        passkey: &SoftwarePasskey,
        challenge: &[u8],
    ) -> Answered<StaffSessionBegun> {
        let made = passkey.assert(challenge).unwrap();
        let assertion = PasskeyAssertion::from(made);
        let body = json!({ "assertion": assertion });
        self.unnamed("/v1/staff/login", Some(body)).await
    }

    pub(crate) async fn log_in(&mut self) -> Answered<StaffSessionBegun> {
        let challenge = self.challenge().await;
        let begun = self.log_in_with(&self.passkey, &challenge).await?;
        self.token.clone_from(&begun.token);
        Ok(begun)
    }

    pub(crate) async fn act(&self, act: Json) -> Answered<ActAnswer> {
        let body = json!({ "act": act, "reason": "a test asks for it" });
        self.ask(("POST", "/v1/staff/acts"), Some(body)).await
    }

    /// A device of `customer`, enrolled with a code that this member issues alone.
    pub(crate) async fn enrolled(&self, customer: &str) -> (Phone, EnrolmentAnswer) {
        let issued = self.act(json!({ "kind": "issue_code", "customer": customer }));
        let issued = issued.await.unwrap();
        let ActAnswer::Done {
            outcome: ActOutcome::Code(issued),
        } = issued
        else {
            panic!("{issued:?}");
        };
        let phone = Phone::new();
        let answer = self.bank.enrol(&phone, customer, &issued.code).await;
        (phone, answer.unwrap())
    }

    /// Proposes an act.
    pub(crate) async fn propose(&self, act: Json) -> ProposalId {
        match self.act(act).await.unwrap() {
            ActAnswer::Proposed { proposal, .. } => proposal,
            ActAnswer::Done { outcome } => panic!("done alone: {outcome:?}"),
        }
    }

    pub(crate) async fn approve(&self, proposal: ProposalId) -> Answered<ActAnswer> {
        let body = json!({ "proposal": proposal, "reason": "checked" });
        self.ask(("POST", "/v1/staff/approvals"), Some(body)).await
    }

    pub(crate) async fn refuse(&self, proposal: ProposalId) -> Answered<Json> {
        let body = json!({ "proposal": proposal, "reason": "not needed" });
        self.ask(("POST", "/v1/staff/refusals"), Some(body)).await
    }

    pub(crate) async fn proposals(&self) -> Vec<ProposalRow> {
        let listed: Answered<Proposals> = self.ask(("GET", "/v1/staff/proposals"), None).await;
        listed.unwrap().proposals
    }

    /// A proposal as this member sees it.
    pub(crate) async fn proposal(&self, proposal: ProposalId) -> ProposalRow {
        let listed = self.proposals().await.into_iter();
        let mut found = listed.filter(|row| row.proposal == proposal);
        found.next().unwrap()
    }
}

/// An administrator, and two people of operations.
pub(crate) async fn three(bank: &Bank) -> [Desk<'_>; 3] {
    let ada = Desk::administrator(bank).await;
    let ben = Desk::member(&ada, None, (&["operations"], 51)).await;
    let cyd = Desk::member(&ada, None, (&["operations"], 52)).await;
    [ada, ben, cyd]
}
