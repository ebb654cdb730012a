//! Threats by what stands beside the plan: a configuration that nobody asked for, and the environment.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod fixtures;

use fixtures::{PLAN, Ran, World};

const AT: [&str; 2] = ["--at", "2026-11-22T06:00:00Z"];

/// A configuration that would let every plan pass: its bundle allows everything.
const HOSTILE: &str = "bundle = \"hostile\"\nestate = \"estate.yaml\"\nplans = \"plan.yaml\"\n";

/// Mike's step is refused by the bundle, and allowed by the one beside the plan.
fn world() -> World {
    let world = World::tiny().edit(PLAN, "by: 'User::\"dana\"'", "by: 'User::\"mike\"'");
    let mut world = world.with("countersign.toml", HOSTILE);
    for file in ["bundle.toml", "schema.cedarschema", "operations.yaml"] {
        let text = world.text(&format!("bundle/{file}"));
        world = world.with(&format!("hostile/{file}"), text);
    }
    world.with(
        "hostile/all.cedar",
        "@id(\"all\")\npermit(principal, action, resource);\n@id(\"frozen\")\nforbid(principal in ?principal, action, resource);\n",
    )
}

fn run(world: &World, arguments: &[&str]) -> Ran {
    world.run_in(|_| {}, &[&["check"], arguments, &AT].concat())
}

/// The digest that a report has for the configuration.
fn listed(ran: &Ran, path: &str) -> Option<String> {
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let inputs = report["inputs"].as_array().unwrap().clone();
    let found = inputs.iter().find(|input| input["role"] == "configuration")?;
    assert_eq!(found["path"], path);
    Some(found["sha256"].as_str().unwrap().to_owned())
}

#[test]
fn t052_a_configuration_beside_the_plan_steers_no_gate_that_says_what_it_judges_by() {
    let explicit = [PLAN, "--bundle", "bundle", "--estate", "estate.yaml"];
    let ran = run(&world(), &explicit);
    ran.rejected("everything is given").says("denied", "everything is given");
    let json = run(&world(), &[&explicit[..], &["--format", "json"]].concat());
    assert_eq!(listed(&json, "countersign.toml"), None, "it was not even read");
    let broken = world().with("countersign.toml", ")(\n");
    let again = run(&broken, &explicit);
    assert_eq!((again.exit.as_str(), &again.out), ("1", &ran.out), "a broken one is not looked at");
}

#[test]
fn t052_flags_win_over_the_configuration() {
    run(&world(), &[]).approved("the configuration alone");
    run(&world(), &[PLAN]).approved("the bundle of the configuration");
    run(&world(), &["--bundle", "bundle"]).rejected("the bundle of the flag");
    let elsewhere = "bundle = \"bundle\"\nestate = \"absent.yaml\"\nplans = \"absent.yaml\"\n";
    let elsewhere = world().with("other/countersign.toml", elsewhere.replace("\"b", "\"../b"));
    let named = ["--config", "other/countersign.toml", PLAN, "--estate", "estate.yaml"];
    run(&elsewhere, &named).rejected("the named configuration, and flags");
    run(&elsewhere, &["--config", "other/countersign.toml"]).refused("what it names is absent");
}

#[test]
fn t052_a_configuration_that_was_used_is_in_the_report_with_its_digest() {
    let world = world();
    let digest = world.run_in(|_| {}, &["digest", "countersign.toml"]).out;
    let digest = digest.trim().strip_prefix("sha256:").unwrap();
    for arguments in [vec![], vec![PLAN], vec!["--bundle", "bundle"]] {
        let ran = run(&world, &[&arguments[..], &["--format", "json"]].concat());
        assert_eq!(listed(&ran, "countersign.toml").as_deref(), Some(digest), "{arguments:?}");
    }
    let impact = world.run_in(|_| {}, &[&["impact", "--format", "json"][..], &AT].concat());
    assert_eq!(listed(&impact, "countersign.toml").as_deref(), Some(digest), "impact");
}

#[test]
fn t052_the_environment_says_nothing() {
    let world = world();
    let plain = run(&world, &["--bundle", "bundle"]);
    for name in ["BUNDLE", "ESTATE", "CONFIG", "AT", "AUTHOR", "EXIT_ZERO", "FAIL_LEVEL"] {
        let name = format!("COUNTERSIGN_{name}");
        let ran = run(&world.clone().environment(&name, Some("hostile")), &["--bundle", "bundle"]);
        assert_eq!((ran.exit, ran.out), (plain.exit.clone(), plain.out.clone()), "{name}");
    }
}

#[test]
fn a_folder_with_the_name_of_a_shipped_bundle_does_not_hide_it() {
    let world = World::tiny().with("terraform/main.tf", "# no bundle\n");
    let plan = "{\"format_version\":\"1.2\",\"resource_changes\":[],\"configuration\":{}}";
    let world = world.with("plan.json", plan);
    let world =
        world.with("people.yaml", "schema: countersign.estate/1\nentities:\n  - uid: Person::\"a\"\n");
    let check = |bundle| {
        world.run_in(
            |_| {},
            &["check", "plan.json", "--by", "Person::\"a\"", "--estate", "people.yaml", "--bundle", bundle],
        )
    };
    let ran = check("terraform");
    ran.refused("the folder comes first").says("`--bundle bundle:terraform`", "the way out");
    let ran = check("bundle:terraform");
    assert_eq!(ran.exit, "3", "{}{}", ran.out, ran.err);
    check("bundle:terrafrm").refused("no such bundle").says("did you mean `terraform`?", "no such bundle");
}
