//! `passbook risk`: cases, explanations, rules, lists and back-tests, for staff.

use super::operate::operator_of;
use crate::cli::{
    AddEntry, BackTest, CloseCase, DraftRules, ExplainDecision, Listing, OfEntry, OfVersion, Risk,
    RiskListing, RiskRules, StepOfVersion,
};
use crate::may_be_done::{MayBeDone, asked, this_command};
use anyhow::Context as _;
use protocol::http::{
    BackTestRiskRules, ChangeRiskList, CloseRiskCase, DraftRiskRules, RiskBackTest, RiskCase,
    RiskCases, RiskDone, RiskExplanation, RiskLists, RiskRuleSets, RiskRulesDrafted, StepRiskRules,
};
use serde::Serialize;
use std::time::Duration;
use terminal::{json_line, line};
use types::{Clock, Time};

/// How long a back-test may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// The actions of a back-test's table, in its order.
const ACTIONS: [&str; 4] = ["allow", "alert", "increase_authentication", "deny"];

/// Does what the arguments say.
pub(crate) async fn risk(arguments: Risk, clock: Clock) -> anyhow::Result<()> {
    match arguments {
        Risk::Cases(listing) => cases(&listing).await,
        Risk::Close(arguments) => close(arguments).await,
        Risk::Explain(arguments) => explain(&arguments).await,
        Risk::Rules(RiskRules::List(listing)) => rules(&listing).await,
        Risk::Rules(RiskRules::Show(of)) => show(&of).await,
        Risk::Rules(RiskRules::Draft(arguments)) => draft(arguments).await,
        Risk::Rules(RiskRules::Activate(of)) => step(of, "activate").await,
        Risk::Rules(RiskRules::Rollback(of)) => step(of, "rollback").await,
        Risk::Rules(RiskRules::Shadow(of)) => step(of, "shadow").await,
        Risk::Rules(RiskRules::EndShadow(of)) => step(of, "end_shadow").await,
        Risk::Backtest(arguments) => back_test(arguments).await,
        Risk::Lists(RiskListing::Show(listing)) => lists(&listing).await,
        Risk::Lists(RiskListing::Add(arguments)) => add(arguments, clock()).await,
        Risk::Lists(RiskListing::Remove(of)) => change(of, (None, None), true).await,
    }
}

/// These requests may be repeated, but a second draft is another version.
fn again() -> MayBeDone {
    MayBeDone::new("the request may have been executed; the line below may be repeated")
        .with_line(this_command(&[]))
}

fn print_case(case: &RiskCase) -> anyhow::Result<()> {
    let (decision, id, customer) = (&case.decision, &case.id, &case.customer);
    line(format_args!("{decision}  customer {customer}, {id}"))?;
    line(format_args!("    {}", case.sentence))?;
    match &case.question {
        Some(question) => line(format_args!("    {question}")),
        None => Ok(()),
    }
}

async fn cases(listing: &Listing) -> anyhow::Result<()> {
    let open: RiskCases = operator_of(&listing.bank)?.get("risk/cases").await?;
    if listing.json {
        return json_line(&open);
    }
    if open.cases.is_empty() {
        return line(format_args!("No case is open."));
    }
    open.cases.iter().try_for_each(print_case)
}

async fn close(arguments: CloseCase) -> anyhow::Result<()> {
    let body = CloseRiskCase {
        decision: arguments.decision,
        outcome: arguments.outcome,
        person: arguments.person.name,
        note: arguments.note,
    };
    done(&arguments.listing, ("risk/cases", &body), "Closed.").await
}

async fn explain(arguments: &ExplainDecision) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.listing.bank)?;
    let route = format!("risk/decisions/{}", arguments.id);
    let explained: RiskExplanation = operator.get(&route).await?;
    if arguments.listing.json {
        return json_line(&explained);
    }
    print_case(&explained.case)?;
    line(format_args!("  rules of version {}", explained.version))?;
    let parts = [
        ("matched", &explained.contributions),
        ("not evaluated", &explained.not_evaluated),
        ("overridden", &explained.overridden),
        ("shadow rules", &explained.shadows),
        ("features", &explained.features),
    ];
    for (name, part) in parts {
        line(format_args!("  {name}: {part}"))?;
    }
    match (&explained.outcome, &explained.person) {
        (Some(outcome), Some(person)) => line(format_args!("  {person} found: {outcome}")),
        _ => Ok(()),
    }
}

async fn versions(listing: &crate::cli::BankLocation) -> anyhow::Result<RiskRuleSets> {
    Ok(operator_of(listing)?.get("risk/rules").await?)
}

async fn rules(listing: &Listing) -> anyhow::Result<()> {
    let sets = versions(&listing.bank).await?;
    if listing.json {
        return json_line(&sets);
    }
    sets.versions.iter().try_for_each(|of| {
        let rules = of
            .rules
            .get("rules")
            .and_then(serde_json::Value::as_array)
            .map_or(0, Vec::len);
        let shadow = if of.shadow { ", shadow" } else { "" };
        let by = |what: &str, person: &Option<String>| {
            let by = |person| format!(", {what} by {person}");
            person.as_ref().map_or_else(String::new, by)
        };
        let (tested, activated) = (
            by("tested", &of.tested_by),
            by("activated", &of.activated_by),
        );
        line(format_args!(
            "{}  {}{shadow}: {rules} rules, written by {}{tested}{activated}",
            of.version, of.stage, of.author
        ))
    })
}

async fn show(of: &OfVersion) -> anyhow::Result<()> {
    let sets = versions(&of.bank).await?;
    let mut found = sets.versions.into_iter();
    let found = found.find(|set| set.version == of.version);
    let found = found.with_context(|| format!("there is no version {}", of.version))?;
    let rules = serde_json::to_string_pretty(&found.rules)?;
    line(format_args!("{rules}"))
}

async fn draft(arguments: DraftRules) -> anyhow::Result<()> {
    let named = || format!("the rules in {}", arguments.file.display());
    let text = std::fs::read_to_string(&arguments.file).with_context(named)?;
    let body = DraftRiskRules {
        rules: serde_json::from_str(&text).with_context(named)?,
        author: arguments.person.name,
    };
    let operator = operator_of(&arguments.listing.bank)?;
    let drafted: RiskRulesDrafted = asked(operator.send("risk/rules", &body).await, again)?;
    if arguments.listing.json {
        return json_line(&drafted);
    }
    let version = drafted.version;
    line(format_args!(
        "Stored as version {version}: test it with `passbook risk backtest {version}`."
    ))
}

async fn step(of: StepOfVersion, step: &str) -> anyhow::Result<()> {
    let body = StepRiskRules {
        version: of.version,
        step: step.to_owned(),
        person: of.person.name,
    };
    done(&of.listing, ("risk/rules/steps", &body), "Done.").await
}

async fn back_test(arguments: BackTest) -> anyhow::Result<()> {
    let operator = operator_of(&arguments.listing.bank)?;
    let body = BackTestRiskRules {
        version: arguments.version,
        days: arguments.days,
        person: arguments.person.name,
    };
    let tested = operator.send_patiently("risk/backtests", &body, PATIENCE);
    let test: RiskBackTest = asked(tested.await, again)?;
    if arguments.listing.json {
        return json_line(&test);
    }
    let (decisions, version) = (test.decisions, test.version);
    line(format_args!(
        "{decisions} decisions judged again by version {version}:"
    ))?;
    for (then, row) in ACTIONS.iter().zip(test.actions) {
        for (now, count) in ACTIONS.iter().zip(row).filter(|(_, count)| *count > 0) {
            line(format_args!("  {count} were {then}, would be {now}"))?;
        }
    }
    test.differing
        .iter()
        .try_for_each(|of| line(format_args!("{}  {}", of.decision, of.sentence)))
}

async fn lists(listing: &Listing) -> anyhow::Result<()> {
    let lists: RiskLists = operator_of(&listing.bank)?.get("risk/lists").await?;
    if listing.json {
        return json_line(&lists);
    }
    lists.entries.iter().try_for_each(|of| {
        let risk = of.risk.map_or_else(String::new, |risk| format!(" {risk}"));
        line(format_args!(
            "{} {}{risk}, listed by {}",
            of.list, of.entry, of.person
        ))
    })
}

async fn add(arguments: AddEntry, now: Time) -> anyhow::Result<()> {
    let hour_ms = |hours: u32| u64::from(hours) * 3_600_000;
    let until = arguments.hours.map(|hours| now.plus_ms(hour_ms(hours)));
    change(arguments.of, (arguments.risk, until), false).await
}

async fn change(
    of: OfEntry,
    (risk, until): (Option<u8>, Option<Time>),
    remove: bool,
) -> anyhow::Result<()> {
    let body = ChangeRiskList {
        list: of.list,
        entry: of.entry,
        risk,
        until,
        person: of.person.name,
        remove,
    };
    done(&of.listing, ("risk/lists", &body), "Done.").await
}

/// Sends a request that only succeeds or fails.
async fn done(
    listing: &Listing,
    (route, body): (&str, &impl Serialize),
    word: &str,
) -> anyhow::Result<()> {
    let operator = operator_of(&listing.bank)?;
    let answer: RiskDone = asked(operator.send(route, body).await, again)?;
    if listing.json {
        return json_line(&answer);
    }
    match answer.done {
        true => line(format_args!("{word}")),
        false => line(format_args!("There was nothing to do.")),
    }
}
