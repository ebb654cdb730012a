//! Threats to identity and consent: who says that a plan is whose, who approves it, who overrides a rule.

mod gate_support;

use gate_support::{Case, Judged, judge, judge_one, plan, using};

/// What is said of the plan: approvals by people at the usual instant.
fn approved_by(people: &[&str]) -> Case {
    let entries: String = people
        .iter()
        .map(|by| {
            format!("  - {{ plan: P, digest: \"DIGEST\", by: 'User::\"{by}\"', at: 2026-11-21T00:00:00Z }}\n")
        })
        .collect();
    let body =
        if people.is_empty() { "approvals: []\n".to_owned() } else { format!("approvals:\n{entries}") };
    Case { approvals: Some(body), ..Case::default() }
}

/// An override of the window for the step `a/s1` by bea, with one part edited.
fn overridden(from: &str, to: &str) -> Case {
    let entry = "overrides:\n  - { plan: P, digest: \"DIGEST\", policy: window, step: a/s1, by: 'User::\"bea\"', reason: r, \
                 expires: 2026-11-23T00:00:00Z }\n";
    assert!(entry.contains(from), "{from}");
    Case { approvals: Some(entry.replacen(from, to, 1)), ..Case::default() }
}

#[test]
fn t001_the_author_is_who_submits_the_plan() {
    let plan = using("dana", "front", "");
    let submitted = |by: &str| Case { author: Some(by.to_owned()), ..Case::default() };
    assert!(judge_one(&submitted("User::\"dana\""), &plan).is_approved());
    assert!(judge_one(&submitted("Doors::User::\"dana\""), &plan).is_approved());
    for other in ["User::\"paul\"", "User::\"DANA\"", "Group::\"keys\"", "dana", "", "User::\"\""] {
        assert!(judge_one(&submitted(other), &plan).refused_for("wrong-author"), "{other}");
    }
    let nobody = plan.replace("author: User::\"dana\"\n", "");
    assert!(judge_one(&submitted("User::\"dana\""), &nobody).refused_for("names no author"));
    let stranger = plan.replace("author: User::\"dana\"", "author: User::\"stranger\"");
    assert!(matches!(judge_one(&Case::default(), &stranger), Judged::Refused(_)), "the author exists");
}

#[test]
fn t012_t013_what_a_principal_does_for_itself_is_no_authority() {
    // mia may put people among the keys; zed may take people out of the barred.
    let join = plan(&[("mia", "Give mia", "keys", &[]), ("mia", "Use", "front", &[1])]);
    let leave = plan(&[("zed", "Take zed", "barred", &[]), ("zed", "Use", "front", &[1])]);
    let help = plan(&[("paul", "Give mia", "keys", &[]), ("mia", "Use", "front", &[1])]);
    let chain = plan(&[
        ("mia", "Give sam", "porters", &[]),
        ("sam", "Give mia", "keys", &[1]),
        ("mia", "Use", "front", &[2]),
    ]);
    let judged = judge(&Case::default(), &[join, leave, help, chain]);
    for (number, step, escalates) in
        [(0, "a/s2", true), (1, "a/s2", true), (2, "a/s2", false), (3, "a/s3", true)]
    {
        assert_eq!(judged[number].outcome(step), "allowed", "{number}");
        assert_eq!(judged[number].is_approved(), !escalates, "{number}");
        let code = if escalates { "self-escalation" } else { "granted-in-plan" };
        assert!(!judged[number].found(code).is_empty(), "{number}: {code}");
    }
}

#[test]
fn t015_only_people_who_may_and_who_are_not_the_author_approve() {
    let plan = using("dana", "safe", "");
    for (people, count, approved) in [
        (&[][..], 0, false),
        (&["dana"], 0, false),
        (&["sam"], 0, false),
        (&["nobody"], 0, false),
        (&["bea"], 1, true),
        (&["bea", "bea"], 1, true),
        (&["bea", "dana", "sam"], 1, true),
        (&["bea", "bob"], 2, true),
    ] {
        let judged = judge_one(&approved_by(people), &plan);
        assert_eq!(judged.is_approved(), approved, "{people:?}");
        let told = &judged.report()["steps"][0]["context"]["plan"];
        assert_eq!(told["approvalCount"].as_i64(), Some(count), "{people:?}");
        assert_eq!(told["approvers"].as_array().map(Vec::len), usize::try_from(count).ok(), "{people:?}");
    }
    let by_board = plan.replace("author: User::\"dana\"", "author: User::\"bea\"");
    assert!(
        !judge_one(&approved_by(&["bea"]), &by_board).is_approved(),
        "not even where the author may approve"
    );
    let without = plan.replace("author: User::\"dana\"\n", "");
    assert!(!judge_one(&approved_by(&["bea"]), &without).is_approved(), "nobody vouches for no author");
}

#[test]
fn t015_an_approval_counts_from_its_instant_and_for_its_bytes() {
    let plan = using("dana", "safe", "");
    let edited = |from: &str, to: &str| {
        let case = approved_by(&["bea"]);
        Case { approvals: case.approvals.map(|body| body.replacen(from, to, 1)), ..case }
    };
    for (at, approved) in
        [("2026-11-22T05:59:59Z", true), ("2026-11-22T06:00:00Z", true), ("2026-11-22T06:00:01Z", false)]
    {
        assert_eq!(judge_one(&edited("2026-11-21T00:00:00Z", at), &plan).is_approved(), approved, "{at}");
    }
    for (from, to) in [("plan: P", "plan: Q"), ("DIGEST", &format!("sha256:{}", "0".repeat(64)))] {
        let judged = judge_one(&edited(from, to), &plan);
        assert!(!judged.is_approved(), "{to}");
        assert_eq!(judged.found("stale-approval").len(), 1, "{to}");
    }
    // The digest of the first plan does not do for the second, which differs in a space.
    let judged = judge(&approved_by(&["bea"]), &[plan.clone(), plan.replace("id: P", "id:  P")]);
    assert_eq!((judged[0].is_approved(), judged[1].is_approved()), (true, false));
}

#[test]
fn t059_a_plan_does_not_say_what_the_engine_says() {
    let plan = using("dana", "safe", "");
    for own in ["plan: { approvalCount: 9 }", "plan: {}", "approvalCount: 9"] {
        let spoofed = plan.replace("needs: []", &format!("needs: [], with: {{ {own} }}"));
        assert!(matches!(judge_one(&Case::default(), &spoofed), Judged::Refused(_)), "{own}");
    }
}

#[test]
fn t060_an_override_counts_only_as_it_is_meant() {
    let night = using("dana", "night", "");
    assert!(!judge_one(&Case::default(), &night).is_approved());
    assert!(judge_one(&overridden("reason: r", "reason: r"), &night).is_approved());
    // Given by somebody who may not, or for another plan: it does not count, and the plan is judged without it.
    for (from, to) in [
        ("User::\"bea\"", "User::\"dana\""),
        ("User::\"bea\"", "User::\"sam\""),
        ("User::\"bea\"", "User::\"nobody\""),
        ("User::\"bea\"", "Group::\"board\""),
        ("plan: P", "plan: Q"),
        ("DIGEST", "sha256:00"),
        ("2026-11-23T00:00:00Z", "2026-11-22T06:00:00Z"),
        ("2026-11-23T00:00:00Z", "2026-11-22T05:59:59Z"),
    ] {
        let judged = judge_one(&overridden(from, to), &night);
        match &judged {
            Judged::Report(_) => assert!(!judged.is_approved(), "{to}"),
            Judged::Refused(_) => assert_eq!(to, "sha256:00", "{judged:?}"),
            Judged::Nothing => unreachable!("{to}"),
        }
    }
    assert!(judge_one(&overridden("2026-11-23T00:00:00Z", "2026-11-22T06:00:01Z"), &night).is_approved());
    // Not an override at all: it is refused.
    for (from, to) in [
        ("policy: window", "policy: \"*\""),
        ("policy: window", "policy: windows"),
        ("policy: window", "policy: consent"),
        ("policy: window", "policy: remark"),
        ("policy: window", "policy: use"),
        ("step: a/s1", "step: \"*\""),
        ("step: a/s1", "step: a"),
        ("step: a/s1", "step: a/s2"),
        (", expires: 2026-11-23T00:00:00Z", ""),
        ("expires: 2026-11-23T00:00:00Z", "expires: never"),
        (" reason: r,", ""),
        (" by: 'User::\"bea\"',", ""),
        (" digest: \"DIGEST\",", ""),
        ("User::\"bea\"", "Person::\"bea\""),
    ] {
        let judged = judge_one(&overridden(from, to), &night);
        assert!(matches!(judged, Judged::Refused(_)), "{to}: {judged:?}");
    }
    // It does nothing for a step's own principal, even one who may override for others.
    let own = using("bea", "night", "");
    assert!(!judge_one(&overridden("reason: r", "reason: r"), &own).is_approved());
}

#[test]
fn t061_an_override_is_for_the_bytes_that_were_seen() {
    let night = using("dana", "night", "");
    let changed = night.replace("Door::\"night\"", "Door::\"night\" ");
    let other = night.replace("id: s1,", "id: s1, title: another,");
    let judged = judge(&overridden("reason: r", "reason: r"), &[night, changed, other]);
    assert!(judged[0].is_approved());
    for later in &judged[1..] {
        assert!(!matches!(later, Judged::Report(_)) || !later.is_approved());
    }
    assert_eq!(judged[2].found("stale-approval").len(), 1);
}
