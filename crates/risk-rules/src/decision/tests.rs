use super::*;
use crate::features::{AddressList, Hop, Kind, Unlocated};
use proptest::prelude::*;

fn riskfort() -> Compiled {
    Compiled::new(RuleSet::default(), 7).unwrap()
}

fn decide(change: impl FnOnce(&mut Features)) -> Decision {
    let mut features = Features::example();
    change(&mut features);
    riskfort().decide(&features, &[])
}

/// The table of the product's defaults: the order, each rule's score, and the action of its band.
#[test]
fn the_default_rules_are_riskforts_in_its_order() {
    let table: Vec<_> = riskfort()
        .rules()
        .rules
        .iter()
        .map(|rule| (rule.name.clone(), rule.score.get(), rule.score.action()))
        .collect();
    let wanted = [
        ("exception_user", 30, Action::Allow),
        ("untrusted_address", 100, Action::Deny),
        ("negative_country", 100, Action::Deny),
        ("trusted_address", 30, Action::Allow),
        ("unknown_user", 50, Action::Alert),
        ("unknown_device", 65, Action::IncreaseAuthentication),
        ("not_associated", 65, Action::IncreaseAuthentication),
        ("fingerprint_mismatch", 65, Action::IncreaseAuthentication),
        ("user_velocity", 65, Action::IncreaseAuthentication),
        ("device_velocity", 65, Action::IncreaseAuthentication),
        ("zone_hopping", 65, Action::IncreaseAuthentication),
    ];
    assert_eq!(
        table,
        wanted.map(|(name, score, action)| (name.to_owned(), score, action))
    );
}

#[test]
fn each_default_rule_matches_at_its_border_and_not_before() {
    let check = |rule: Option<&str>, score: u8, change: fn(&mut Features)| {
        let decision = decide(change);
        assert_eq!(decision.rule.as_deref(), rule);
        assert_eq!(decision.score.get(), score, "{rule:?}");
        assert_eq!(decision.action, decision.score.action());
        assert_eq!(decision.version, 7);
        let matched: Vec<_> = decision.contributions.iter().collect();
        assert_eq!(matched.len(), usize::from(rule.is_some()), "{matched:?}");
    };
    check(None, 0, |_| {});
    check(Some("exception_user"), 30, |to| to.user.exception = true);
    check(Some("untrusted_address"), 100, |to| {
        to.location.list = Some(AddressList::Untrusted);
    });
    check(Some("negative_country"), 100, |to| {
        to.location.negative_country = Some(true);
    });
    check(Some("trusted_address"), 30, |to| {
        to.location.list = Some(AddressList::Trusted);
    });
    check(Some("unknown_user"), 50, |to| to.user.known = false);
    check(Some("unknown_device"), 65, |to| to.device.known = false);
    check(Some("not_associated"), 65, |to| {
        to.device.associated = false
    });
    check(Some("fingerprint_mismatch"), 65, |to| {
        to.device.fingerprint_matches = Some(false);
    });
    check(None, 0, |to| to.history.user_hour = 4);
    check(Some("user_velocity"), 65, |to| to.history.user_hour = 5);
    check(None, 0, |to| to.history.device_hour = 9);
    check(Some("device_velocity"), 65, |to| {
        to.history.device_hour = 10
    });
    // In an hour one may be 550 miles away: 500 that people travel, and 50 that the place may be off.
    let hop = |miles, minutes| Some(Hop { miles, minutes });
    check(None, 0, |to| {
        to.location.hop = Some(Hop {
            miles: 550.0,
            minutes: 60.0,
        });
    });
    for (hop, matches) in [
        (hop(550.1, 60.0), true),
        (hop(550.0, 59.9), true),
        (hop(50.0, 0.0), false),
        (hop(50.1, 0.0), true),
        (hop(300.0, 30.0), false),
        (hop(300.1, 30.0), true),
    ] {
        let decision = decide(|to| to.location.hop = hop);
        assert_eq!(
            decision.rule.as_deref(),
            matches.then_some("zone_hopping"),
            "{hop:?}"
        );
        assert_eq!(decision.score.get(), if matches { 65 } else { 0 });
    }
}

/// Each pair of rules that match together: the earlier one explains.
#[test]
fn the_first_match_explains_and_all_are_recorded() {
    type Change = fn(&mut Features);
    let changes: [(&str, Change); 10] = [
        ("exception_user", |to| to.user.exception = true),
        ("untrusted_address", |to| {
            to.location.list = Some(AddressList::Untrusted);
        }),
        ("negative_country", |to| {
            to.location.negative_country = Some(true);
        }),
        ("unknown_user", |to| to.user.known = false),
        ("unknown_device", |to| to.device.known = false),
        ("not_associated", |to| to.device.associated = false),
        ("fingerprint_mismatch", |to| {
            to.device.fingerprint_matches = Some(false);
        }),
        ("user_velocity", |to| to.history.user_hour = 5),
        ("device_velocity", |to| to.history.device_hour = 10),
        ("zone_hopping", |to| {
            to.location.hop = Some(Hop {
                miles: 9_000.0,
                minutes: 1.0,
            });
        }),
    ];
    for (at, (first, change)) in changes.iter().enumerate() {
        for (second, also) in &changes[at + 1..] {
            let decision = decide(|to| {
                change(to);
                also(to);
            });
            assert_eq!(decision.rule.as_deref(), Some(*first));
            let matched: Vec<_> = decision.contributions.iter().map(|of| &of.rule).collect();
            assert_eq!(matched, [first, second]);
        }
    }
    // A trusted address lets even a customer through who orders all the time.
    let trusted = decide(|to| {
        to.location.list = Some(AddressList::Trusted);
        to.history.user_hour = 500;
    });
    assert_eq!(trusted.action, Action::Allow);
}

#[test]
fn rules_on_an_unknown_place_do_not_match_and_say_why() {
    let decision = decide(|to| {
        to.location.negative_country = None;
        to.location.hop = None;
        to.location.country = None;
        to.location.unlocated = Some(Unlocated::NoDatabase);
        to.device.fingerprint_matches = None;
    });
    assert_eq!(decision.action, Action::Allow);
    let not_evaluated: Vec<_> = decision
        .not_evaluated
        .iter()
        .map(|of| (of.rule.as_str(), of.why.as_str()))
        .collect();
    let no_place = "the place is not known: no_database";
    assert_eq!(
        not_evaluated,
        [
            ("negative_country", no_place),
            ("fingerprint_mismatch", "the device was not seen before"),
            ("zone_hopping", no_place),
        ]
    );
}

#[test]
fn callouts_override_in_turn_and_are_recorded() {
    let score = |score| Score::new(score).unwrap();
    let raise = |_: &Features, before: Score| (before < score(80)).then(|| score(80));
    let spare =
        |features: &Features, _: Score| (features.transaction.amount < 1_000).then(|| score(30));
    let callouts: [Callout<'_>; 2] = [("raise", &raise), ("spare", &spare)];
    let mut features = Features::example();
    features.history.user_hour = 5;
    let raised = riskfort().decide(&features, &callouts);
    assert_eq!((raised.action, raised.score), (Action::Deny, score(80)));
    assert_eq!(raised.rule.as_deref(), Some("user_velocity"));
    assert_eq!(raised.overridden.len(), 1);
    assert!(raised.sentence.contains("`raise`"), "{}", raised.sentence);
    features.transaction.amount = 999;
    let spared = riskfort().decide(&features, &callouts);
    assert_eq!(spared.action, Action::Allow);
    let steps: Vec<_> = spared
        .overridden
        .iter()
        .map(|of| (of.before.get(), of.after.get()))
        .collect();
    assert_eq!(steps, [(65, 80), (80, 30)]);
}

#[test]
fn further_rules_decide_in_their_place_and_those_with_score_0_never() {
    let rule = |name: &str, when: &str, score: u8| Rule {
        name: name.to_owned(),
        check: Check::Expression(when.to_owned()),
        score: Score::new(score).unwrap(),
        says: Some(format!("of {name}.")),
    };
    let mut rules = RuleSet::default();
    rules.rules.insert(0, rule("watched", "true", 0));
    rules.rules.push(rule(
        "mule",
        "history.credited_minutes < 15 && transaction.amount > 100000",
        75,
    ));
    let compiled = Compiled::new(rules, 8).unwrap();
    let mut features = Features::example();
    let quiet = compiled.decide(&features, &[]);
    assert_eq!((quiet.rule, quiet.score), (None, Score::ZERO));
    assert_eq!(quiet.contributions.len(), 1);
    features.history.credited_minutes = Some(14);
    let mule = compiled.decide(&features, &[]);
    assert_eq!(mule.rule.as_deref(), Some("mule"));
    assert_eq!(mule.action, Action::Deny);
    assert_eq!(
        mule.sentence,
        "The transfer was declined (score 75 of 100), because of mule."
    );
}

#[test]
fn a_representative_can_read_the_reason_out() {
    let check = |change: fn(&mut Features), wanted: &str| {
        assert_eq!(decide(change).sentence, wanted);
    };
    check(
        |_| {},
        "The transfer was let through (score 0 of 100), because no rule speaks against it.",
    );
    check(
        |to| to.history.user_hour = 5,
        "The transfer needs another proof of who orders it (score 65 of 100), because it is number 6 of the customer \
         within an hour, and the bank expects at most 5.",
    );
    check(
        |to| {
            to.transaction.kind = Kind::Login;
            to.location.negative_country = Some(true);
        },
        "The login was declined (score 100 of 100), because it came from a country that the bank accepts nothing from, TH.",
    );
    check(
        |to| {
            to.location.hop = Some(Hop {
                miles: 5_364.2,
                minutes: 35.0,
            });
        },
        "The transfer needs another proof of who orders it (score 65 of 100), because the customer was 5364 miles away 35 \
         minutes before, and nobody travels so fast.",
    );
}

#[test]
fn rule_sets_that_cannot_work_are_refused() {
    let check = |change: fn(&mut RuleSet), wanted: fn(&RuleSetError) -> bool| {
        let mut rules = RuleSet::default();
        change(&mut rules);
        let refused = Compiled::new(rules, 1).unwrap_err();
        assert!(wanted(&refused), "{refused:?}");
    };
    use RuleSetError as Refused;
    check(|to| to.rules.clear(), |of| *of == Refused::Length);
    check(
        |to| {
            let rule = to.rules[0].clone();
            to.rules = vec![rule; 129];
        },
        |of| *of == Refused::Length,
    );
    check(
        |to| to.rules[1].name = to.rules[0].name.clone(),
        |of| matches!(of, Refused::NameTwice(_)),
    );
    check(
        |to| to.rules[1].name = "A b".to_owned(),
        |of| matches!(of, Refused::Name(_)),
    );
    check(
        |to| to.rules[1].says = Some("two\nlines".to_owned()),
        |of| matches!(of, Refused::Says(_)),
    );
    check(
        |to| to.rules[1].check = Check::Expression("true".to_owned()),
        |of| matches!(of, Refused::SaysNothing(_)),
    );
    check(
        |to| {
            to.rules[1].check = Check::Expression("tru".to_owned());
            to.rules[1].says = Some("it is so".to_owned());
        },
        |of| matches!(of, Refused::Expression { .. }),
    );
}

#[test]
fn a_rule_set_is_read_back_as_it_was_written() {
    let json = serde_json::to_string(&RuleSet::default()).unwrap();
    assert_eq!(
        serde_json::from_str::<RuleSet>(&json).unwrap(),
        RuleSet::default()
    );
    let further = r#"{"rules":[{"name":"night","check":{"expression":"transaction.hour < 6"},"score":55,"says":"it is night"}]}"#;
    let further: RuleSet = serde_json::from_str(further).unwrap();
    assert!(Compiled::new(further, 2).is_ok());
    for refused in [
        r#"{"rules":[{"name":"a","check":"no_such_rule","score":5}]}"#,
        r#"{"rules":[{"name":"a","check":"exception_user","score":101}]}"#,
        r#"{"rules":[{"name":"a","check":"exception_user","score":5,"when":"x"}]}"#,
    ] {
        assert!(
            serde_json::from_str::<RuleSet>(refused).is_err(),
            "{refused}"
        );
    }
}

proptest! {
    /// More orders, or a faster journey, never make the decision milder.
    #[test]
    fn more_of_what_speaks_against_it_is_never_milder(
        (user_hour, device_hour) in (0_u32..20, 0_u32..20),
        (miles, minutes) in (0.0_f64..9_000.0, 0.0_f64..1_000.0),
        (more, further) in (0_u32..5, 0.0_f64..100.0),
    ) {
        let score = |user_hour, device_hour, miles, minutes| {
            decide(|to| {
                to.history.user_hour = user_hour;
                to.history.device_hour = device_hour;
                to.location.hop = Some(Hop { miles, minutes });
            })
            .score
        };
        let before = score(user_hour, device_hour, miles, minutes);
        prop_assert!(score(user_hour + more, device_hour, miles, minutes) >= before);
        prop_assert!(score(user_hour, device_hour + more, miles, minutes) >= before);
        prop_assert!(score(user_hour, device_hour, miles + further, minutes) >= before);
        prop_assert!(score(user_hour, device_hour, miles, minutes / 2.0) >= before);
    }
}
