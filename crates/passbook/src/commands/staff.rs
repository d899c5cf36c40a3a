//! `passbook staff`: the bank's people.

use super::operate::{configuration, operator_of};
use super::payments::amount;
use crate::cli::{BankLocation, Staff, StaffAction};
use crate::may_be_done::{MayBeDone, asked, this_command};
use crate::screen::Stamp;
use crate::staff_desk::StaffDesk;
use anyhow::bail;
use operator::DataDirectory;
use protocol::http::{
    ActAnswer, ActOutcome, AnswerProposal, AuditTrail, CustomerSeen, DoAct, MakeFirstAdministrator,
    ProposalRow, ProposalState, Proposals, StaffAct, StaffCode, StaffMember, StaffMembers,
};
use serde_json::json;
use std::path::Path;
use terminal::{json_line, line, program, quoted};
use types::{Clock, StaffRole};

const DAY_MS: u64 = 86_400_000;

/// Does what a member of the staff asks for.
pub(crate) async fn staff(arguments: &Staff, clock: Clock) -> anyhow::Result<()> {
    let (dir, json) = (&arguments.desk.dir, arguments.desk.json);
    match &arguments.action {
        StaffAction::First { name, bank } => return first(name, bank, json).await,
        StaffAction::Reopen { why, bank } => return reopen(&why.reason, bank, json, clock).await,
        StaffAction::Activate { code, bank, at } => {
            return activate(code, (dir, bank, at), json, clock).await;
        }
        _ => {}
    }
    let mut desk = StaffDesk::open(dir, clock.clone())?;
    let (act, reason) = match &arguments.action {
        StaffAction::Login => {
            let begun = desk.log_in().await?;
            if json {
                return json_line(&begun.member);
            }
            let name = types::text::shown(&begun.member.name);
            return line(format_args!(
                "{name} is logged in as {} until {}.",
                words(&begun.member.roles),
                Stamp(begun.expires)
            ));
        }
        StaffAction::Logout => {
            desk.log_out().await?;
            return done(json, "The session has ended.");
        }
        StaffAction::List => return list(&mut desk, json).await,
        StaffAction::Customer(of) => {
            let path = of_customer(&of.customer, "", &of.why.reason);
            let seen: CustomerSeen = desk.get(&path).await??;
            return show_customer(&seen, json);
        }
        StaffAction::Audit { customer, before } => {
            let mut path = of_customer(&customer.customer, "/audit", &customer.why.reason);
            if let Some(before) = before {
                path.push_str(&format!("&before={before}"));
            }
            let trail: AuditTrail = desk.get(&path).await??;
            return show_trail(&trail, json);
        }
        StaffAction::Proposals => return proposals(&mut desk, json).await,
        StaffAction::Approve(of) => {
            let answer = AnswerProposal {
                proposal: of.proposal.parse()?,
                reason: of.why.reason.clone(),
            };
            let approved = desk.send("/v1/staff/approvals", &answer).await?;
            return show_answer(&asked(approved, again)?, json);
        }
        StaffAction::Refuse(of) => {
            let answer = AnswerProposal {
                proposal: of.proposal.parse()?,
                reason: of.why.reason.clone(),
            };
            let refused = desk.send::<AnswerProposal>("/v1/staff/refusals", &answer);
            asked(refused.await?, again)?;
            return done(json, "Refused.");
        }
        StaffAction::Add { name, roles, why } => {
            let (name, roles) = (name.clone(), roles.roles.clone());
            (StaffAct::AddStaff { name, roles }, &why.reason)
        }
        StaffAction::Roles { member, roles } => {
            let (staff, roles) = (member.staff.parse()?, roles.roles.clone());
            (StaffAct::SetRoles { staff, roles }, &member.why.reason)
        }
        StaffAction::Disable(of) => {
            let staff = of.staff.parse()?;
            (StaffAct::DisableStaff { staff }, &of.why.reason)
        }
        StaffAction::Reissue(of) => {
            let staff = of.staff.parse()?;
            (StaffAct::ReissueStaff { staff }, &of.why.reason)
        }
        StaffAction::Code(of) => {
            let customer = of.customer.parse()?;
            (StaffAct::IssueCode { customer }, &of.why.reason)
        }
        StaffAction::Unlock(of) => {
            let customer = of.customer.parse()?;
            (StaffAct::Unlock { customer }, &of.why.reason)
        }
        StaffAction::Resume(of) => {
            let customer = of.customer.parse()?;
            (StaffAct::Resume { customer }, &of.why.reason)
        }
        StaffAction::RevokeAll(of) => {
            let customer = of.customer.parse()?;
            (StaffAct::RevokeAll { customer }, &of.why.reason)
        }
        StaffAction::RaiseLimit {
            customer: of,
            day,
            days,
        } => {
            let act = StaffAct::RaiseLimit {
                customer: of.customer.parse()?,
                day: amount(day, None)?,
                until: clock().plus_ms(u64::from(*days) * DAY_MS),
            };
            (act, &of.why.reason)
        }
        StaffAction::Erase(of) => {
            let customer = of.customer.parse()?;
            (StaffAct::Erase { customer }, &of.why.reason)
        }
        StaffAction::CallEnded(of) => {
            let customer = of.customer.parse()?;
            (StaffAct::EndCall { customer }, &of.why.reason)
        }
        StaffAction::Call {
            customer: of,
            desk,
            minutes,
        } => {
            let act = StaffAct::AnnounceCall {
                customer: of.customer.parse()?,
                desk: desk.clone(),
                minutes: *minutes,
            };
            (act, &of.why.reason)
        }
        StaffAction::Revoke { device, why } => {
            let device = device.parse()?;
            (StaffAct::Revoke { device }, &why.reason)
        }
        StaffAction::First { .. } | StaffAction::Reopen { .. } | StaffAction::Activate { .. } => {
            unreachable!("these need no account")
        }
    };
    let request = DoAct {
        act,
        reason: reason.clone(),
    };
    let answer = desk.send("/v1/staff/acts", &request).await?;
    show_answer(&asked(answer, again)?, json)
}

/// Makes the bank's first administrator.
async fn first(name: &str, bank: &BankLocation, json: bool) -> anyhow::Result<()> {
    let config = configuration(bank)?;
    let directory = DataDirectory::at(&config.data_directory);
    let at = directory.operator_address(config.operator.address)?;
    let request = MakeFirstAdministrator {
        name: name.to_owned(),
    };
    let made = operator_of(bank)?.send("administrators", &request).await;
    let made: StaffCode = asked(made, again)?;
    if json {
        return json_line(&made);
    }
    let (program, public) = (program(), config.public_url());
    line(format_args!(
        "Made the administrator {}. They activate the account on their machine until {} with

    {program} staff activate {} --bank {} --at http://{at}

From then on the operator's token acts on no customer: the staff does.",
        types::text::shown(name),
        Stamp(made.expires),
        made.code,
        quoted(&public),
    ))
}

/// Lets the operator's token make an administrator again.
async fn reopen(reason: &str, bank: &BankLocation, json: bool, clock: Clock) -> anyhow::Result<()> {
    anyhow::ensure!(!reason.trim().is_empty(), "a reason is needed");
    let config = configuration(bank)?;
    let directory = config.directory()?;
    let Some(_lock) = directory.lock()? else {
        bail!(
            "{} is in use: stop the servers first",
            directory.path().display()
        );
    };
    let database = directory.ciam_database();
    anyhow::ensure!(
        database::exists(&database)?,
        "{database} is missing: there is no staff"
    );
    let had_staff = ciam::reopen_staff(database, reason.trim(), clock()).await?;
    if json {
        return json_line(&json!({ "had_staff": had_staff }));
    }
    let program = program();
    match had_staff {
        true => line(format_args!(
            "Start the servers and make an administrator with `{program} staff first`. Until that one is active, the operator's \
             token acts on customers, too."
        )),
        false => line(format_args!(
            "The bank has no staff yet: `{program} staff first` makes the first administrator."
        )),
    }
}

async fn activate(
    code: &str,
    (dir, bank, at): (&Path, &str, &str),
    json: bool,
    clock: Clock,
) -> anyhow::Result<()> {
    let mut desk = StaffDesk::create(dir, (bank, at), clock)?;
    let member = desk.activate(code).await?;
    if json {
        return json_line(&member);
    }
    let program = program();
    let option = match dir == Path::new("staff") {
        true => String::new(),
        false => format!(" --dir {}", quoted(dir)),
    };
    line(format_args!(
        "{}, {}: the account is active on this machine. Log in with `{program} staff login{option}`.",
        types::text::shown(&member.name),
        words(&member.roles)
    ))
}

async fn list(desk: &mut StaffDesk, json: bool) -> anyhow::Result<()> {
    let listed: StaffMembers = desk.get("/v1/staff/members").await??;
    listed
        .members
        .iter()
        .try_for_each(|member| show_member(member, json))
}

fn show_member(member: &StaffMember, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(member);
    }
    let state = match (member.disabled, member.activated) {
        (Some(_), _) => "disabled",
        (None, Some(_)) => "active",
        (None, None) => "waits for its code",
    };
    let (id, name) = (member.staff, types::text::shown(&member.name));
    line(format_args!(
        "{id}  {name}  {}  {state}",
        words(&member.roles)
    ))
}

async fn proposals(desk: &mut StaffDesk, json: bool) -> anyhow::Result<()> {
    let listed: Proposals = desk.get("/v1/staff/proposals").await??;
    if listed.proposals.is_empty() && !json {
        return line(format_args!("There are no proposals."));
    }
    listed
        .proposals
        .iter()
        .try_for_each(|proposal| show_proposal(proposal, json))
}

fn show_proposal(row: &ProposalRow, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(row);
    }
    let state = match row.state {
        ProposalState::Waiting => "waits",
        ProposalState::Done => "done",
        ProposalState::Refused => "refused",
        ProposalState::Expired => "expired",
    };
    line(format_args!(
        "{}  {}  {}, by {}: {}",
        row.proposal,
        shown_act(&row.act),
        state,
        types::text::shown(&row.by_name),
        types::text::shown(&row.reason)
    ))?;
    row.outcome.as_ref().map_or(Ok(()), show_outcome)
}

fn shown_act(act: &StaffAct) -> String {
    let about = match act {
        StaffAct::Revoke { device } => device.to_string(),
        StaffAct::AddStaff { name, roles } => {
            format!("{} as {}", types::text::shown(name), words(roles))
        }
        StaffAct::SetRoles { staff, roles } => format!("{staff} {}", words(roles)),
        StaffAct::RaiseLimit {
            customer,
            day,
            until,
        } => format!("{customer} to {day} a day until {}", Stamp(*until)),
        StaffAct::DisableStaff { staff } | StaffAct::ReissueStaff { staff } => staff.to_string(),
        act => act.customer().map(ToString::to_string).unwrap_or_default(),
    };
    format!("{} {about}", act.action())
}

fn show_answer(answer: &ActAnswer, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(answer);
    }
    match answer {
        ActAnswer::Done { outcome } => show_outcome(outcome),
        ActAnswer::Proposed { proposal, expires } => {
            let program = program();
            line(format_args!(
                "It takes two: proposed as {proposal}. Until {} somebody else may do it with

    {program} staff approve {proposal} --reason TEXT

and `{program} staff proposals` shows what became of it.",
                Stamp(*expires)
            ))
        }
    }
}

fn show_outcome(outcome: &ActOutcome) -> anyhow::Result<()> {
    match outcome {
        ActOutcome::Code(code) => line(format_args!(
            "Activation code for customer {}, for one device:\n  {}-{}",
            code.customer, code.code, code.root
        )),
        ActOutcome::Unlocked(unlocked) => line(format_args!(
            "Forgot {} counts of refused logins.",
            unlocked.forgotten
        )),
        ActOutcome::Resumed(resumed) => match resumed.was_stopped {
            true => line(format_args!(
                "The customer may order and enrol devices again, with new codes."
            )),
            false => line(format_args!("The customer had not stopped everything.")),
        },
        ActOutcome::Revoked(revoked) => line(format_args!(
            "Revoked device {}: it can read nothing new.",
            revoked.device
        )),
        ActOutcome::Stopped(stopped) => line(format_args!(
            "Revoked {} devices, and stopped the customer's orders. `{} staff resume` undoes the stop.",
            stopped.devices,
            program()
        )),
        ActOutcome::LimitRaised { day, until } => line(format_args!(
            "The limit of the customer's day is {day} until {}.",
            Stamp(*until)
        )),
        ActOutcome::Erased(erased) => match erased.known {
            true => line(format_args!(
                "Erased: the customer's devices are revoked and their message keys destroyed."
            )),
            false => line(format_args!("No data of this customer is stored.")),
        },
        ActOutcome::CallAnnounced(call) => line(format_args!(
            "The customer's devices say until {} that the bank is calling.",
            Stamp(call.ends)
        )),
        ActOutcome::CallEnded(_) => line(format_args!(
            "The customer's devices say that nobody is calling."
        )),
        ActOutcome::StaffCode(code) => line(format_args!(
            "Member {}: activate the account until {} with\n\n    {} staff activate {}",
            code.staff,
            Stamp(code.expires),
            program(),
            code.code
        )),
        ActOutcome::StaffChanged { staff } => line(format_args!("Changed member {staff}.")),
        ActOutcome::Done => line(format_args!(
            "Done. The code is for who asked for it: `{} staff proposals` shows it to them.",
            program()
        )),
    }
}

fn show_customer(seen: &CustomerSeen, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(seen);
    }
    let yes = |yes| if yes { "yes" } else { "no" };
    line(format_args!(
        "Customer {}  password: {}  refused logins: {}",
        seen.customer,
        yes(seen.has_password),
        seen.refused_logins
    ))?;
    if let Some(stopped) = seen.stopped {
        line(format_args!("stopped everything at {}", Stamp(stopped)))?;
    }
    if let Some(until) = seen.locked_until {
        line(format_args!("logins are locked until {}", Stamp(until)))?;
    }
    for device in &seen.devices {
        let state = if device.revoked { "revoked" } else { "active" };
        let (id, form, enrolled) = (device.device, &device.form, Stamp(device.enrolled));
        line(format_args!("device {id}  {form}  {enrolled}  {state}"))?;
    }
    for passkey in &seen.passkeys {
        let registered = Stamp(passkey.registered);
        line(format_args!("passkey {}  {registered}", passkey.passkey))?;
    }
    for session in &seen.sessions {
        let (id, device, began) = (session.session, session.device, Stamp(session.began));
        line(format_args!("session {id}  device {device}  {began}"))?;
    }
    Ok(())
}

fn show_trail(trail: &AuditTrail, json: bool) -> anyhow::Result<()> {
    if json {
        return json_line(trail);
    }
    for row in &trail.records {
        let details: Vec<_> = row
            .details
            .iter()
            .map(|(name, detail)| format!("{name}={}", types::text::shown(detail)))
            .collect();
        let (number, time) = (row.number, Stamp(row.time));
        let (actor, action, details) = (&row.actor, &row.action, details.join(" "));
        line(format_args!(
            "{number}  {time}  {actor}  {action}  {details}"
        ))?;
    }
    match trail.before {
        Some(before) => line(format_args!("Earlier ones: --before {before}")),
        None => Ok(()),
    }
}

fn done(json: bool, text: &str) -> anyhow::Result<()> {
    match json {
        true => json_line(&json!({ "done": true })),
        false => line(format_args!("{text}")),
    }
}

/// The path of a look at a customer. What stands in a path or a query as something else is escaped.
fn of_customer(customer: &str, more: &str, reason: &str) -> String {
    let mut url =
        reqwest::Url::parse("http://desk").unwrap_or_else(|error| unreachable!("{error}"));
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(["v1", "staff", "customers", customer]);
    }
    let path = format!("{}{more}", url.path());
    url.query_pairs_mut().append_pair("reason", reason);
    format!("{path}?{}", url.query().unwrap_or_default())
}

fn words(roles: &[StaffRole]) -> String {
    let words: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
    words.join(", ")
}

fn again() -> MayBeDone {
    MayBeDone::new("the request may have been executed; the line below may be repeated")
        .with_line(this_command(&[]))
}
