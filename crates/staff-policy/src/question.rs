//! A question in Cedar's words.

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
    Schema,
};
use std::collections::{HashMap, HashSet};
use std::error::Error;
use types::{Eyes, StaffQuestion, StaffSubject};

fn uid(of: &str, id: &str) -> Result<EntityUid, Box<dyn Error>> {
    let of: EntityTypeName = of.parse()?;
    Ok(EntityUid::from_type_name_and_id(of, EntityId::new(id)))
}

/// The request, and what is known of those whom it names.
pub(crate) fn asked(
    question: &StaffQuestion<'_>,
    schema: &Schema,
) -> Result<(Request, Entities), Box<dyn Error>> {
    let staff = uid("Staff", &question.staff.to_string())?;
    let roles = question.roles.iter();
    let roles = roles.map(|role| uid("Role", role.as_str()));
    let roles: HashSet<_> = roles.collect::<Result<_, _>>()?;
    let action = uid("Action", question.action.as_str())?;
    let (subject, attributes) = match question.subject {
        StaffSubject::Customer {
            customer,
            was_enrolled,
        } => {
            let was_enrolled = RestrictedExpression::new_bool(*was_enrolled);
            let attributes = HashMap::from([("was_enrolled".to_owned(), was_enrolled)]);
            (uid("Customer", customer.as_str())?, attributes)
        }
        StaffSubject::Device(device) => (uid("Device", &device.to_string())?, HashMap::new()),
        StaffSubject::Bank => (uid("Bank", "bank")?, HashMap::new()),
    };
    let of_bank = *question.subject == StaffSubject::Bank;
    let of_staff = of_bank && question.action != types::StaffAction::ListStaff;
    let context = [
        Some(("alone", question.eyes == Eyes::Alone)),
        Some(("approving", question.eyes == Eyes::Approving)),
        of_staff.then_some(("has_second", question.has_second)),
    ];
    let context = context.into_iter().flatten().map(|(name, value)| {
        let value = RestrictedExpression::new_bool(value);
        (name.to_owned(), value)
    });
    let context = Context::from_pairs(context)?;
    let entities = [
        Entity::new(staff.clone(), HashMap::new(), roles)?,
        Entity::new(subject.clone(), attributes, HashSet::new())?,
    ];
    let entities = Entities::from_entities(entities, Some(schema))?;
    let request = Request::new(staff, action, subject, context, Some(schema))?;
    Ok((request, entities))
}
