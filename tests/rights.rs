//! The rights that the phases of a plan need, computed from the policies alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

mod cli_support;

use cli_support::{World, code, err, out};

const UM: &str = "examples/hosted-exchange-um";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn run(plan: &str, estate: &str, flags: &[&str]) -> Output {
    let (plan, estate) = (format!("{UM}/{plan}"), format!("{UM}/{estate}"));
    let fixed = ["--bundle", "hosted-exchange-um", "--at", "2026-11-20T09:00:00Z", "--estate"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.arg("rights").arg(plan).args(fixed).arg(estate).args(flags).current_dir(root()).env_clear();
    command.output().unwrap()
}

fn table(plan: &str, estate: &str) -> Value {
    let output = run(plan, estate, &["--format", "json"]);
    assert_eq!(code(&output), 0, "{}", err(&output));
    serde_json::from_str(&out(&output)).unwrap()
}

/// The needs of a phase: each the groups to be in, and the rights on resources.
fn needs(phase: &Value) -> Vec<(Vec<BTreeSet<String>>, BTreeSet<String>)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let alternative =
        |of: &Value| of["requirements"].as_array().unwrap().iter().map(|one| text(&one["in"])).collect();
    let of_need = |need: &Value| {
        let alternatives = need["alternatives"].as_array().unwrap().iter().map(alternative).collect();
        let on_resources = need["onResources"].as_array().unwrap().iter().map(|one| text(&one["right"]));
        (alternatives, on_resources.collect())
    };
    phase["needs"].as_array().unwrap().iter().map(of_need).collect()
}

fn groups(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| format!("Lync::Group::\"{name}\"")).collect()
}

#[test]
fn the_table_of_the_process_page_follows_from_the_policies() {
    let table = table("plan.yaml", "estate.yaml");
    let phases = table["phases"].as_array().unwrap();
    let none = BTreeSet::new();
    let ou = BTreeSet::from(["permission on the OU, given by Grant-CsOUPermission".to_owned()]);
    let page = [
        ("Configure the Edge Server", "RTCUniversalServerAdmins", &none),
        ("Configure the hosted voice mail policies", "RTCUniversalServerAdmins", &none),
        ("Enable users for hosted voice mail", "RTCUniversalUserAdmins", &none),
        ("Configure hosted contact objects", "RTCUniversalUserAdmins", &ou),
    ];
    assert_eq!(phases.len(), page.len());
    // The third and the fourth phase need only the second, so plan order sorts the two by name.
    for (title, group, on_resources) in page {
        let phase = phases.iter().find(|phase| phase["title"] == title).unwrap();
        assert!(phase["docs"].as_str().unwrap().starts_with("https://learn.microsoft.com/"));
        assert_eq!(needs(phase), [(vec![groups(&[group])], on_resources.clone())], "{title}");
    }
    let steps = table["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["inTheWay"].as_array().unwrap().is_empty()), "{table}");
}

#[test]
fn the_table_is_readable() {
    let wide = run("plan.yaml", "estate.yaml", &["--width", "120"]);
    assert_eq!((code(&wide), err(&wide)), (0, String::new()));
    insta::assert_snapshot!(out(&wide), @r#"
rights for plan CHG-2026-0142: Integrate hosted Exchange UM for contoso.com

phase                            steps                            rights needed                    held today by
Configure the Edge Server        federation, replicate,           RTCUniversalServerAdmins         dana, sven (2)
                                 replica-status,
                                 hosting-provider,
                                 replicate-provider
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-configure-the-edge-
│ server-for-integration-with-hosted-exchange-um

Configure the hosted voice mail  modify-global, create-site,      RTCUniversalServerAdmins         dana, sven (2)
policies                         create-per-user,
                                 assign-to-group,
                                 assign-to-user,
                                 replicate-policies
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-manage-hosted-voice-mail-
│ policies

Enable users for hosted voice    alice, ben, carla, emma          RTCUniversalUserAdmins           erin, greta, tara (3)
mail
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-enable-users-for-hosted-
│ voice-mail

Configure hosted contact         auto-attendant,                  RTCUniversalUserAdmins and       erin, greta, tara (3)
objects                          subscriber-access,               permission on the OU, given by
                                 pilot-attendant, test-contact    Grant-CsOUPermission
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-create-contact-objects-
│ for-hosted-exchange-um

edge/replica-status alone: RTCUniversalServerAdmins; or RTCUniversalUserAdmins
"#);
    let narrow = run("plan.yaml", "estate.yaml", &["--width", "60"]);
    assert!(out(&narrow).lines().all(|line| line.chars().count() <= 60), "{}", out(&narrow));
}

#[test]
fn a_plan_that_prepares_its_own_rights_says_so() {
    let output = run("from-scratch/plan.yaml", "from-scratch/estate.yaml", &["--width", "120"]);
    assert_eq!((code(&output), err(&output)), (0, String::new()));
    insta::assert_snapshot!(out(&output), @r#"
rights for plan CHG-2026-0117: Introduce hosted Exchange UM at contoso.com

phase                            steps                            rights needed                    held today by
Create the SRV records           external-federation,             DnsAdmins                        nils (1)
                                 internal-federation,
                                 internal-sip
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-create-a-dns-srv-record-
│ for-integration-with-hosted-exchange-um

Grant the permission on the OU   grant, test                      Domain Admins                    frank, greta (2)
for contact objects
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-granting-organizational-
│ unit-permissions

Configure the Edge Server        federation, replicate,           RTCUniversalServerAdmins         dana, sven (2)
                                 replica-status,
                                 hosting-provider
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-configure-the-edge-
│ server-for-integration-with-hosted-exchange-um

Configure the hosted voice mail  modify-global, create-per-user,  RTCUniversalServerAdmins         dana, sven (2)
policies                         assign-to-group, replicate
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-manage-hosted-voice-mail-
│ policies

Configure hosted contact         auto-attendant,                  RTCUniversalUserAdmins and       erin, greta, tara (3)
objects                          subscriber-access                permission on the OU, given by
                                                                  Grant-CsOUPermission (given in
                                                                  the plan)
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-create-contact-objects-
│ for-hosted-exchange-um

Enable users for hosted voice    enable-hugo, voice-hugo, hugo,   RTCUniversalUserAdmins           erin, greta, tara (3)
mail                             carla
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-enable-users-for-hosted-
│ voice-mail

Test the connection and the      connection, voice-mail           RTCUniversalServerAdmins         dana, sven (2)
delivery of voice mail
│ documentation:
│ https://learn.microsoft.com/en-us/previous-versions/office/lync-server-2013/lync-server-2013-testing-user-connection-
│ to-exchange-um

contacts/auto-attendant: permission on the OU, given by Grant-CsOUPermission is given by an earlier step on
│ Lync::OrganizationalUnit::"OU=UM Contacts,DC=contoso,DC=com"
contacts/subscriber-access: permission on the OU, given by Grant-CsOUPermission is given by an earlier step on
│ Lync::OrganizationalUnit::"OU=UM Contacts,DC=contoso,DC=com"
ou-permission/test alone: Domain Admins; or RTCUniversalServerAdmins
edge/replica-status alone: RTCUniversalServerAdmins; or RTCUniversalUserAdmins
"#);
}

#[test]
fn a_right_on_the_resource_that_is_lacking_is_named_with_what_would_do_without() {
    let table =
        table("wrong/contact-objects-without-permission-on-the-ou.yaml", "wrong/integrated.estate.yaml");
    let steps = table["steps"].as_array().unwrap();
    let lacking = steps.iter().find(|step| step["onResource"][0]["today"] == "lacking").unwrap();
    let names = |alternative: &Value| -> BTreeSet<String> {
        alternative.as_array().unwrap().iter().map(|one| one["in"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&lacking["alternatives"][0]), groups(&["RTCUniversalUserAdmins"]));
    assert_eq!(names(&lacking["instead"][0]), groups(&["Domain Admins", "RTCUniversalUserAdmins"]));
}

const SCHEMA: &str = r#"
namespace T {
  entity Team in [Team];
  entity User in [Team] { level: Long, site: String };
  entity Doc { owner: User, site: String };
  action edit appliesTo { principal: [User], resource: [Doc], context: {} };
  action seal appliesTo { principal: [User], resource: [Doc], context: {} };
}
"#;

const POLICIES: &str = r#"
@id("editors") @right("Editors")
permit (principal in T::Team::"editors", action == T::Action::"edit", resource);
@id("lead-editors") @right("Lead editors")
permit (principal in T::Team::"leads", action == T::Action::"edit", resource);
@id("locals") @right("local senior")
permit (principal, action == T::Action::"edit", resource) when { principal.level > 3 && principal.site == resource.site };
@id("sealers") @right("Sealers")
permit (principal in T::Team::"sealers", action == T::Action::"seal", resource);
@id("not-suspended")
forbid (principal in T::Team::"suspended", action, resource);
@id("two-pairs-of-eyes")
forbid (principal in T::Team::"editors", action == T::Action::"seal", resource);
"#;

const ESTATE: &str = r#"
schema: countersign.estate/1
entities:
  - uid: Team::"editors"
  - uid: Team::"leads"
    parents: [Team::"editors"]
  - uid: Team::"sealers"
  - uid: Team::"suspended"
  - { uid: User::"ann", parents: [Team::"leads"], attrs: { level: 1, site: north } }
  - { uid: User::"bob", parents: [Team::"sealers"], attrs: { level: 4, site: north } }
  - { uid: User::"cid", parents: [Team::"editors", Team::"suspended"], attrs: { level: 9, site: north } }
  - { uid: Doc::"d", attrs: { owner: User::"ann", site: north } }
"#;

const PLAN: &str = r#"
schema: countersign.plan/1
id: P
phases:
  - id: a
    by: User::"ann"
    steps:
      - { id: edit, do: edit, target: 'Doc::"d"' }
      - { id: seal, do: seal, target: 'Doc::"d"', by: 'User::"bob"' }
"#;

#[test]
fn alternatives_are_minimal_and_say_what_one_must_not_be() {
    let world = World::new();
    world.write("bundle/schema.cedarschema", SCHEMA);
    world.write("bundle/rights.cedar", POLICIES);
    world.write(
        "bundle/operations.yaml",
        "schema: countersign.operations/1\noperations:\n  edit: { changes: [] }\n  seal: { changes: [] }\n",
    );
    world.write("estate.yaml", ESTATE);
    world.write("plan.yaml", PLAN);
    let flags = [
        "rights",
        "plan.yaml",
        "--bundle",
        "bundle",
        "--estate",
        "estate.yaml",
        "--at",
        "2026-11-22T06:00:00Z",
    ];
    let output = world.run(&flags);
    assert_eq!(code(&output), 0, "{}", err(&output));
    insta::assert_snapshot!(out(&output), @r#"
rights for plan P

phase  steps  rights needed                                                                  held today by  documentation
a      edit   editors and not in suspended                                                   ann (1)
              or `principal.site == "north"` and not in suspended and `principal.level > 3`  bob (1)

       seal   sealers and not in editors and not in suspended                                bob (1)
"#);
}

/// The example with a user who is in exactly some groups and who does a whole phase.
fn judged_with(world: &World, performer: &str, phase: usize, groups: &[&str]) -> i32 {
    let read = |name: &str| std::fs::read_to_string(root().join(UM).join(name)).unwrap();
    let parents: Vec<String> = groups.iter().map(|group| format!("Group::\"{group}\"")).collect();
    let attributes = "deployment: Deployment::\"contoso.com\", organizationalUnit: 'OrganizationalUnit::\"OU=Admins,DC=contoso,DC=com\"', protected: false, lyncEnabled: false, enterpriseVoiceEnabled: false, hostedMailbox: false";
    let probe = format!(
        "\n  - uid: User::\"probe\"\n    parents: [{}]\n    attrs: {{ {attributes} }}\n",
        parents.join(", ")
    );
    world.write("estate.yaml", read("estate.yaml") + &probe);
    let plan = read("plan.yaml");
    let by = format!("    by: User::\"{performer}\"\n");
    assert_eq!(plan.matches(&by).count(), 1, "phase {phase} has a performer of its own");
    world.write("plan.yaml", plan.replace(&by, "    by: User::\"probe\"\n"));
    let fixed = ["--bundle", "hosted-exchange-um", "--estate", "estate.yaml", "--at", "2026-11-22T06:00:00Z"];
    code(&world.run(&[&["check", "plan.yaml"], fixed.as_slice()].concat()))
}

#[test]
fn whoever_has_exactly_the_rights_may_do_the_phase_and_with_less_may_not() {
    let world = World::new();
    let table = table("plan.yaml", "estate.yaml");
    let performers = ["dana", "sven", "tara", "erin"];
    for (at, (phase, performer)) in table["phases"].as_array().unwrap().iter().zip(performers).enumerate() {
        for alternative in needs(phase).into_iter().flat_map(|(alternatives, _)| alternatives) {
            let id = |uid: &String| uid.split('"').nth(1).unwrap().to_owned();
            let groups: Vec<String> = alternative.iter().map(id).collect();
            let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
            assert_eq!(judged_with(&world, performer, at, &groups), 0, "{groups:?} suffices");
            for left_out in 0..groups.len() {
                let fewer: Vec<&str> = groups
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| *at != left_out)
                    .map(|(_, name)| *name)
                    .collect();
                assert_eq!(judged_with(&world, performer, at, &fewer), 1, "{fewer:?} does not suffice");
            }
        }
    }
}
