//! Threats of time: windows and their edges, clocks that change, snapshots that are too old or too new.

mod gate_support;

use gate_support::{Case, ESTATE, Judged, judge_one, using};
use jiff::SignedDuration;

/// The plan that uses the timed door, in a window of a zone.
fn windowed(zone: &str, start: &str, end: &str) -> String {
    using("dana", "night", &format!("zone: {zone}\nwindow: {{ start: \"{start}\", end: \"{end}\" }}\n"))
}

fn at(instant: &str) -> Case {
    Case { at: instant.to_owned(), ..Case::default() }
}

#[test]
fn t068_windows_and_instants_outside_of_any_calendar_are_refused() {
    for (start, end) in [
        ("2026-11-28T22:00", "2026-11-28T22:00"),
        ("2026-11-29T04:00", "2026-11-28T22:00"),
        ("-9999-01-01T00:00", "99999-01-01T00:00"),
        ("2026-11-28T22:00", "10000-01-01T00:00"),
        ("2026-13-01T00:00", "2026-14-01T00:00"),
        ("2026-02-30T00:00", "2026-03-01T00:00"),
        ("2026-11-28T24:00", "2026-11-29T25:00"),
        ("2026-11-28T22:00Z", "2026-11-29T04:00Z"),
        ("2026-11-28T22:00+01:00", "2026-11-29T04:00+01:00"),
        ("1000000000000000000", "2000000000000000000"),
    ] {
        let judged = judge_one(&Case::default(), &windowed("UTC", start, end));
        assert!(judged.refused_for("invalid-time"), "{start} {end}: {judged:?}");
    }
    for taken in
        ["1000000000000000000", "\"+300000-01-01T00:00:00Z\"", "2026-11-20", "\"2026-11-20T08:00:00\""]
    {
        let estate = ESTATE.replace("taken: 2026-11-20T08:00:00Z", &format!("taken: {taken}"));
        let judged = judge_one(
            &Case { estate, ..Case::default() },
            &windowed("UTC", "2026-11-22T05:00", "2026-11-22T07:00"),
        );
        assert!(matches!(judged, Judged::Refused(_)), "{taken}: {judged:?}");
    }
}

#[test]
fn t069_a_window_holds_its_start_and_not_its_end() {
    let plan = windowed("Europe/Berlin", "2026-11-28T22:00", "2026-11-29T04:00");
    for (instant, approved) in [
        ("2026-11-28T20:59:59Z", false),
        ("2026-11-28T21:00:00Z", true),
        ("2026-11-29T02:59:59Z", true),
        ("2026-11-29T03:00:00Z", false),
        ("2026-11-29T03:00:01Z", false),
    ] {
        assert_eq!(judge_one(&at(instant), &plan).is_approved(), approved, "{instant}");
    }
    assert!(!judge_one(&at("2026-11-28T21:00:00Z"), &using("dana", "night", "")).is_approved(), "no window");
}

#[test]
fn t070_a_local_time_that_the_zone_skips_or_repeats_is_refused() {
    for (zone, start, end) in [
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T06:00"),
        ("Europe/Berlin", "2026-03-28T22:00", "2026-03-29T02:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T06:00"),
        ("Europe/Berlin", "2026-10-24T22:00", "2026-10-25T02:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-04T06:00"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-05T06:00"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-31T12:00"),
        ("America/New_York", "2026-03-08T02:00", "2026-03-08T04:00"),
    ] {
        let judged = judge_one(&Case::default(), &windowed(zone, start, end));
        assert!(judged.refused_for("does not name one instant in this zone"), "{zone} {start}: {judged:?}");
    }
    for zone in ["CET?", "Berlin", "Europe/Berlín", "+01:00", "EST5EDT4", "localtime", "", "../UTC"] {
        let plan = windowed(&format!("\"{zone}\""), "2026-11-28T22:00", "2026-11-29T04:00");
        let judged = judge_one(&Case::default(), &plan);
        assert!(matches!(judged, Judged::Refused(_)), "{zone}: {judged:?}");
    }
}

#[test]
fn t070_a_night_in_which_the_clocks_change_is_as_long_as_it_is() {
    // From 22:00 to 06:00 it is seven hours in spring, nine in autumn.
    let spring = windowed("Europe/Berlin", "2026-03-28T22:00", "2026-03-29T06:00");
    let autumn = windowed("Europe/Berlin", "2026-10-24T22:00", "2026-10-25T06:00");
    for (plan, instant, approved) in [
        (&spring, "2026-03-28T20:59:59Z", false),
        (&spring, "2026-03-28T21:00:00Z", true),
        (&spring, "2026-03-29T03:59:59Z", true),
        (&spring, "2026-03-29T04:00:00Z", false),
        (&autumn, "2026-10-24T19:59:59Z", false),
        (&autumn, "2026-10-24T20:00:00Z", true),
        (&autumn, "2026-10-25T04:59:59Z", true),
        (&autumn, "2026-10-25T05:00:00Z", false),
    ] {
        assert_eq!(judge_one(&at(instant), plan).is_approved(), approved, "{instant}");
    }
}

#[test]
fn t070_the_calendar_that_policies_see_is_that_of_the_zone() {
    // 2026-11-19T23:30Z is a Thursday in London and a Friday in Berlin; Friday is worth a remark.
    let case = at("2026-11-19T23:30:00Z");
    for (zone, weekday, date, minute) in [
        ("Europe/London", "Thursday", "2026-11-19", 23 * 60 + 30),
        ("Europe/Berlin", "Friday", "2026-11-20", 30),
        ("Pacific/Kiritimati", "Friday", "2026-11-20", 13 * 60 + 30),
    ] {
        let judged = judge_one(&case, &using("dana", "front", &format!("zone: {zone}\n")));
        let told = &judged.report()["steps"][0]["context"]["plan"]["at"];
        assert_eq!((told["weekday"].as_str(), told["date"].as_str()), (Some(weekday), Some(date)), "{zone}");
        assert_eq!((told["minuteOfDay"].as_i64(), told["zone"].as_str()), (Some(minute), Some(zone)));
        assert_eq!(judged.found("advisory").len(), usize::from(weekday == "Friday"), "{zone}");
    }
}

#[test]
fn t071_t072_a_snapshot_is_neither_too_old_nor_of_the_future() {
    let plan = using("dana", "front", "");
    let age = |case: Case, hours: i64| Case { max_age: Some(SignedDuration::from_hours(hours)), ..case };
    // The snapshot is of 2026-11-20T08:00:00Z.
    assert!(judge_one(&age(at("2026-11-22T08:00:00Z"), 48), &plan).is_approved(), "as old as it may be");
    assert!(
        judge_one(&age(at("2026-11-22T08:00:01Z"), 48), &plan).refused_for("invalid-time"),
        "a second older"
    );
    assert!(judge_one(&age(at("2026-11-20T08:00:00Z"), 48), &plan).is_approved(), "taken at this instant");
    assert!(
        judge_one(&age(at("2026-11-20T07:59:59Z"), 48), &plan).refused_for("invalid-time"),
        "a clock set back"
    );
    let undated = Case { estate: ESTATE.replace("taken: 2026-11-20T08:00:00Z\n", ""), ..Case::default() };
    assert!(judge_one(&undated, &plan).is_approved(), "nobody asks");
    assert!(judge_one(&age(undated, 48), &plan).refused_for("invalid-time"), "it does not say");
}

#[test]
fn t073_an_estate_of_another_schema_is_refused() {
    let plan = using("dana", "front", "");
    for (from, to) in
        [("User::\"sam\"", "Person::\"sam\""), ("guarded: false, timed: false", "guarded: false")]
    {
        let case = Case { estate: ESTATE.replace(from, to), ..Case::default() };
        assert!(matches!(judge_one(&case, &plan), Judged::Refused(_)), "{to}");
    }
}
