//! Validation by shape finds what validating each policy finds.

use std::fmt::Write as _;
use std::sync::Arc;

use super::*;
use crate::policy::{parse, schema};
use crate::source::{Role, SourceMap};

const SCHEMA: &str = r#"
    entity Group in [Group];
    entity User in [Group] = { level: Long, manager?: User, groups: Set<Group> } tags String;
    entity Site in [Site] = { owner: User, open: Bool, since?: datetime };
    entity Right enum ["read", "write"];
    action all;
    action view, edit in [all] appliesTo { principal: User, resource: Site, context: { now: datetime, right?: Right } };
    action join appliesTo { principal: User, resource: [Group, User], context: {} };
"#;

const PRINCIPALS: &[&str] = &[
    "principal",
    "principal == User::\"u1\"",
    "principal == User::\"u2\"",
    "principal in Group::\"g1\"",
    "principal in Group::\"g2\"",
    "principal is User in Group::\"g1\"",
    "principal in Site::\"s1\"",
    "principal in Grup::\"g1\"",
    "principal in ?principal",
    "principal == ?principal",
];
const ACTIONS: &[&str] = &[
    "action",
    "action == Action::\"view\"",
    "action in [Action::\"all\"]",
    "action in [Action::\"view\", Action::\"join\"]",
    "action == Action::\"veiw\"",
    "action == Action::\"all\"",
];
const RESOURCES: &[&str] = &[
    "resource",
    "resource == Site::\"s1\"",
    "resource in Site::\"s2\"",
    "resource is Group",
    "resource == Right::\"read\"",
    "resource in ?resource",
];
const CONDITIONS: &[&str] = &[
    "",
    "when { principal.level > 3 }",
    "when { resource.owner == User::\"u1\" }",
    "when { resource.owner == User::\"u2\" }",
    "when { User::\"u1\" == User::\"u1\" }",
    "when { User::\"u1\" == User::\"u2\" }",
    "when { resource.open && principal in [Group::\"g1\", Group::\"g2\"] }",
    "when { context has right && context.right == Right::\"read\" }",
    "when { context has right && context.right == Right::\"reed\" }",
    "when { User::\"u1\" has manager && User::\"u1\".manager.level > 1 }",
    "when { User::\"u1\" has manager && User::\"u2\".manager.level > 1 }",
    "when { principal.hasTag(\"a\") && principal.getTag(\"a\") == \"say_\u{4bb}ello\" }",
    "when { principal.level == \"three\" }",
    "unless { principal has nothing }",
    "when { context.now < datetime(\"2026-13-01\") }",
    "when { resource has since && context.now < resource.since }",
    "when { false }",
    "unless { principal.groups.contains(Group::\"g1\") }",
    "when { if resource.open then principal.level > 1 else principal in Group::\"g3\" }",
];

/// A sequence of numbers that depends on nothing but its start.
struct Dice(u64);

impl Dice {
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        from[(self.0 >> 33) as usize % from.len()]
    }
}

fn policies(dice: &mut Dice, count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        let effect = dice.pick(&["permit", "forbid"]);
        let scope = [dice.pick(PRINCIPALS), dice.pick(ACTIONS), dice.pick(RESOURCES)].join(", ");
        writeln!(text, "@id(\"p{number}\") {effect}({scope}) {};", dice.pick(CONDITIONS)).unwrap();
    }
    text
}

/// Every policy and link, each validated by itself.
fn validate_each(schema: &CompiledSchema, parsed: &Parsed, links: &Links, sink: &mut Sink) {
    let validator = Validator::new(CedarSchema::from(schema.cedar.clone()));
    let result = validator.validate(&CedarPolicySet::from(parsed.set.clone()), ValidationMode::Strict);
    report(&result, parsed, links, sink);
}

fn sorted(sink: Sink) -> Vec<String> {
    let mut found: Vec<String> = sink.into_sorted().iter().map(|found| format!("{found:?}")).collect();
    found.retain(|found| !found.contains("BlanketPermit"));
    found.sort();
    found.dedup();
    found
}

/// Adds links of every template, with arguments of right and wrong types.
fn link(parsed: &mut Parsed) -> Links {
    let mut links = Links::new();
    let open: Vec<Policy> =
        parsed.policies.values().filter(|policy| !policy.slots.is_empty()).cloned().collect();
    for policy in open {
        for uid in ["Group::\"g1\"", "Group::\"g2\"", "Site::\"s1\"", "User::\"u1\"", "Grup::\"g1\""] {
            let of = |slot: &str| policy.slots.contains(slot).then(|| uid.parse().unwrap());
            let link =
                Link { template: policy.id.clone(), principal: of("?principal"), resource: of("?resource") };
            let id = format!("{} {uid}", policy.id);
            assert!(links::add(&mut parsed.set, &link, &id));
            links.insert(link, (Arc::from(id), policy.span));
        }
    }
    links
}

fn compare(schema_text: &str, text: &str) -> (usize, usize) {
    let mut sources = SourceMap::new();
    let schema_file = sources.add("schema.cedarschema", Role::Schema, schema_text);
    let file = sources.add("policies.cedar", Role::Policy, text);
    let mut sink = Sink::new();
    let schema = schema::compile(&sources, schema_file, "", &mut sink).unwrap();
    let mut parsed = parse::parse(&sources, &[file], &mut sink).unwrap();
    let links = link(&mut parsed);
    let environments = Environments::of(&schema.cedar);
    let (mut by_shape, mut each) = (Sink::new(), Sink::new());
    let ground = Ground { schema: &schema, environments: &environments, parsed: &parsed };
    validate(ground, &confusable(&parsed), &links, &mut by_shape);
    validate_each(&schema, &parsed, &links, &mut each);
    let (by_shape, each) = (sorted(by_shape), sorted(each));
    let differences: Vec<&String> = by_shape
        .iter()
        .filter(|found| !each.contains(found))
        .chain(each.iter().filter(|found| !by_shape.contains(found)))
        .take(3)
        .collect();
    assert!(differences.is_empty(), "{differences:#?}\n{} against {}", by_shape.len(), each.len());
    (parsed.policies.len() + links.len(), each.len())
}

#[test]
fn random_policies_are_found_as_faulty_as_each_by_itself() {
    let (mut all, mut faulty, mut clean) = (0, 0, 0);
    for seed in 0..120 {
        let (count, found) = compare(SCHEMA, &policies(&mut Dice(seed), 1 + (seed as usize * 7) % 40));
        (all, faulty) = (all + count, faulty + found);
        clean += usize::from(found == 0);
    }
    assert!(faulty > 500 && all > 2_000, "{faulty} findings about {all} policies, {clean} sets without any");
}

#[test]
fn every_pair_of_a_scope_and_a_condition_is_found_as_faulty_as_by_itself() {
    for principal in PRINCIPALS {
        let mut text = String::new();
        let mut number = 0;
        for action in ACTIONS {
            for condition in CONDITIONS {
                number += 1;
                writeln!(text, "@id(\"p{number}\") permit({principal}, {action}, resource) {condition};")
                    .unwrap();
            }
        }
        compare(SCHEMA, &text);
    }
}

/// The schema and the policies of each bundle that ships in the program.
const SHIPPED: &[(&str, &[&str])] = &[
    (
        include_str!("../../../policies/hosted-exchange-um/schema.cedarschema"),
        &[
            include_str!("../../../policies/hosted-exchange-um/advice.cedar"),
            include_str!("../../../policies/hosted-exchange-um/governance.cedar"),
            include_str!("../../../policies/hosted-exchange-um/prerequisites.cedar"),
            include_str!("../../../policies/hosted-exchange-um/protection.cedar"),
            include_str!("../../../policies/hosted-exchange-um/rights.cedar"),
            include_str!("../../../policies/hosted-exchange-um/values.cedar"),
        ],
    ),
    (
        include_str!("../../../policies/lync-2013/schema.cedarschema"),
        &[include_str!("../../../policies/lync-2013/rights.cedar")],
    ),
    (
        include_str!("../../../policies/terraform/schema.cedarschema"),
        &[
            include_str!("../../../policies/terraform/protection.cedar"),
            include_str!("../../../policies/terraform/rights.cedar"),
        ],
    ),
];

#[test]
fn shipped_bundles_have_no_findings_either_way() {
    for (schema, policies) in SHIPPED {
        assert_eq!(compare(schema, &policies.concat()).1, 0);
    }
}
