use super::*;

fn outcome(source: &str, features: &Features) -> Outcome {
    let expressions = Expressions::new();
    let compiled = expressions.compile(source);
    let compiled = compiled.unwrap_or_else(|error| panic!("{source}: {error}"));
    compiled.outcome(&expressions.context(features))
}

#[test]
fn expressions_judge_the_features() {
    let example = Features::example();
    let check = |source: &str, matches: bool| {
        assert_eq!(outcome(source, &example), matches.into(), "{source}");
    };
    check("true", true);
    check("transaction.amount >= 125000", true);
    check("transaction.amount > 125000", false);
    check("transaction.amount * 2 + 1 == 250001", true);
    check("transaction.kind == 'transfer'", true);
    check("transaction.kind in ['bill', 'standing']", false);
    check("transaction.hour < 6 || transaction.hour >= 22", false);
    check("history.new_payee && transaction.amount > 5000000", false);
    check("location.country != 'TH'", false);
    check(
        "location.hop.miles < 3.5 && location.hop.minutes > 60.0",
        true,
    );
    check("location.list == null", true);
    check("learned > 900 ? true : history.payers_day >= 10", false);
    check(
        "history.moved_day > 0 && history.credited_minutes < 1001",
        true,
    );
}

#[test]
fn what_is_not_known_does_not_match_and_says_why() {
    let mut features = Features::example();
    features.location.hop = None;
    features.learned = None;
    for source in ["location.hop.miles > 5.0", "learned > 900"] {
        let Outcome::Unknown(why) = outcome(source, &features) else {
            panic!("{source}");
        };
        assert!(!why.is_empty());
    }
    // The side that is known may decide alone.
    assert_eq!(
        outcome("user.known || learned > 900", &features),
        Outcome::Matches
    );
    assert_eq!(
        outcome("learned != null && learned > 900", &features),
        Outcome::DoesNotMatch
    );
}

#[test]
fn what_is_no_rule_is_refused() {
    let check = |source: &str, wanted: fn(&ExpressionError) -> bool| {
        let refused = Expressions::new().compile(source).unwrap_err();
        assert!(wanted(&refused), "{source}: {refused:?}");
    };
    use ExpressionError as Refused;
    let syntax = |error: &Refused| matches!(error, Refused::Syntax(_));
    let feature = |error: &Refused| matches!(error, Refused::Feature(_));
    let not_allowed = |error: &Refused| matches!(error, Refused::NotAllowed(_));
    let no_boolean = |error: &Refused| matches!(error, Refused::NotABoolean(_));
    let too_large = |error: &Refused| *error == Refused::TooLarge;
    check("", syntax);
    check("1 +", syntax);
    check("history.user_hours > 1", feature);
    check("history.user_hour.x > 1", feature);
    check("password == 'x'", feature);
    check("size(transaction.kind) > 1", not_allowed);
    check("transaction.kind.startsWith('t')", not_allowed);
    check("[1, 2].all(x, x > 0)", not_allowed);
    check("[1, 2].exists(x, [1, 2].exists(y, x > y))", not_allowed);
    check("has(location.country)", not_allowed);
    check("{'a': 1}.a == 1", not_allowed);
    check("[transaction.kind][0] == 'transfer'", not_allowed);
    check("transaction.amount", no_boolean);
    check("transaction.amount > 'x'", no_boolean);
    check(&"(".repeat(65), too_large);
    check(&format!("{}true", "!".repeat(65)), too_large);
    check(&format!("true{}", "||true".repeat(150)), too_large);
    check(&" ".repeat(1_001), |error| *error == Refused::TooLong);
}
