//! The request and answer bodies of the HTTP API, shared by servers and clients. Bytes are base64url without padding.
//!
//! A server refuses unknown fields in a request. A client ignores unknown fields in an answer, so that servers can add
//! fields later.

/// Keeps what a type holds out of logs.
macro_rules! redacted {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    )*};
}

mod accounts;
mod brakes;
mod calls;
mod challenge;
mod directory;
mod door;
mod enrolment;
mod initiations;
mod login_provider;
mod openid;
mod operator;
mod orders;
mod own_devices;
mod passkeys;
mod password;
mod problem;
mod pull;
mod reading;
mod repair;
mod risk;
mod staff;
mod status;
mod stopping;

pub use accounts::{
    AccountTransaction, AccountsAnswer, BalancesAnswer, HeldAccount, StatedBalance,
    TRANSACTIONS_MAX, TransactionsAnswer,
};
pub use brakes::{OwnBrake, SetBrake};
pub use calls::{AnnounceCall, BankCall, CallEnded, CallsAnswer, EndCall};
pub use challenge::OrderChallenge;
pub use directory::{
    AccountStateRow, AnnounceFee, BillerRow, CounterpartyRow, Directory, Handling, Participation,
    ProxyRow,
};
pub use door::{
    AddServerKey, DisallowedAddress, DisallowedAddresses, ExceptionList, ReleaseAddress,
    ReleasedAddress, ServerKeysAnswer, ValidServerKeys,
};
pub use enrolment::{
    Challenge, ChannelGiven, DeviceAttestation, EnrolmentAnswer, EnrolmentRequest, RenewedToken,
};
pub use initiations::{
    DeclineInitiation, InitiatePayment, InitiationAnswer, InitiationState, OrderCreditor,
    WaitingInitiation, WaitingInitiations,
};
pub use login_provider::{
    AskProvider, CodeForDevice, ProviderAnswer, ProviderLogin, RedeemForCode,
};
pub use openid::{
    BeginClientLogin, ClientDecided, ClientDecision, ClientLoggedIn, ClientLogin, ClientTokens,
    Confirmed, ConsentRow, ConsentsAnswer, Introspected, OauthRefusal, ProviderMetadata,
    PushedRequest, UserInfo, WithdrawConsent,
};
pub use operator::{
    AccountRow, Accounts, BackupMade, BankClock, CustomerRow, Customers, HolderRow, Holders,
    IssueCode, IssuedCode, Loaded, MakeBackup, MoveClock, Outbox, PostTransaction,
    PostedTransaction, Revoke, Revoked, RewrapKeys, RewrappedKeys,
};
pub use orders::{
    BATCH_ORDERS_MAX, BatchAnswer, KindLimits, OrderAnswer, OrderAnswers, OrderFee, OrderLimits,
    OrderProgress, OrderReceived, PasskeyAssertion, PayeeCheckAnswer, PayeeCheckRequest,
    PayeeMatch, SignedBodyError, SignedChallenge, SignedOrder, SignedOrders, VouchersAnswer,
};
pub use own_devices::{
    AnswerDevice, DeviceAnswered, OwnDevice, OwnDevices, RemoveDevice, WaitingDevice,
    WaitingDevices,
};
pub use passkeys::{
    BeginSession, EndSession, LoginOptions, LoginsUnlocked, PasskeyOptions, PasskeyParty,
    PasskeyRow, PasskeysAnswer, PlainSession, RefreshSession, RegisterPasskey, RemovePasskey,
    RenamePasskey, SessionBegun, SessionRefreshed, SessionRow, SessionsAnswer, UnlockLogins,
};
pub use password::{
    AskLoginCode, CodeBy, LogInByPassword, LoginCodeAsked, PasswordBegun, PasswordState,
    SetPassword,
};
pub use problem::{PROBLEM_CONTENT_TYPE, Problem};
pub use pull::PullAnswer;
pub use reading::{
    AckDurability, CheckpointAnswer, CheckpointRequest, Finding, PagesAnswer, PartsAnswer,
    PublishAck, REASON_BYTES_MAX, Readiness, Report, SEALED_BYTES_MAX, SignedSnapshot,
    SnapshotAnswer, SnapshotRequest, TrustAnswer,
};
pub use repair::{
    ContradictedChannel, ContradictedChannels, Erase, Erased, Release, Released, Restart,
    Restarted, StoppedSubject, StoppedSubjects,
};
pub use risk::{
    BackTestRiskRules, ChangeRiskList, CloseRiskCase, DraftRiskRules, RiskBackTest, RiskCase,
    RiskCases, RiskDiffering, RiskDone, RiskExplanation, RiskListEntry, RiskLists, RiskRuleSet,
    RiskRuleSets, RiskRulesDrafted, StepRiskRules,
};
pub use staff::{
    ActAnswer, ActOutcome, ActivateStaff, AnswerProposal, AuditRow, AuditTrail, BeginActivation,
    CustomerSeen, DeviceSeen, DoAct, LookReason, MakeFirstAdministrator, PasskeySeen, ProposalRow,
    ProposalState, Proposals, SessionSeen, StaffAct, StaffCode, StaffLogin, StaffMember,
    StaffMembers, StaffSessionBegun,
};
pub use status::{
    ComparisonStatus, DatabaseStatus, EventStatus, LogStatus, MessageStatus, NotReady,
    ProcessStatus, Status,
};
pub use stopping::{CustomerResumed, EverythingStopped, ResumeCustomer};
