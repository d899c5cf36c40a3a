//! Implements ciam's port to the bank's policies about its staff.

use ciam::ports::StaffPolicy;
use staff_policy::StaffPolicies;
use types::StaffQuestion;

/// The policies, as ciam asks them.
pub(super) struct Staff(pub(super) StaffPolicies);

impl StaffPolicy for Staff {
    fn permits(&self, question: &StaffQuestion<'_>) -> bool {
        self.0.permit(question)
    }
}
