//! What the bank's staff may do, as Cedar policies.
//!
//! The policies are read once and validated against the schema, which is fixed: it lists the roles, the actions and what
//! a policy may ask. This crate is the only one that knows Cedar.
//!
//! Invariants: whatever no policy permits is refused. If any policy cannot be evaluated, the answer is no: it may be one
//! that forbids. Policies never see a reason, a code or a name.
//!
//! ```
//! use staff_policy::StaffPolicies;
//! use types::{Eyes, StaffAction, StaffId, StaffQuestion, StaffRole, StaffSubject};
//!
//! let policies = StaffPolicies::default();
//! let question = StaffQuestion {
//!     staff: StaffId::new([1; 16]),
//!     roles: &[StaffRole::CustomerService],
//!     action: StaffAction::Unlock,
//!     subject: &StaffSubject::Customer { customer: "1001".parse().unwrap(), was_enrolled: true },
//!     eyes: Eyes::Alone,
//!     has_second: true,
//! };
//! assert!(!policies.permit(&question), "it takes two");
//! assert!(policies.permit(&StaffQuestion { eyes: Eyes::Proposing, ..question }));
//! ```

mod policies;
mod question;

pub use policies::{PolicyError, StaffPolicies};
