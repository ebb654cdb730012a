//! The files of a world, and the same as plain Cedar reads it.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::grants::{self, ACTION_SETS, CHANGING, CONDITIONS, Grant, READING};
use super::{BigWorld, Deed, Target};

/// The namespace of every type.
pub const NAMESPACE: &str = "Directory";

/// The Cedar schema.
pub const SCHEMA: &str = include_str!("schema.cedarschema");

/// The catalogue of operations.
pub const OPERATIONS: &str = include_str!("operations.yaml");

/// The manifest of the bundle.
pub const MANIFEST: &str =
    "schema = \"countersign.bundle/1\"\nname = \"big-world\"\nnamespace = \"Directory\"\n";

/// The policies that every world has.
const EVERYWHERE: &str = include_str!("everywhere.cedar");

/// Ids as they stand between quotes.
pub fn user(number: u32) -> String {
    format!("user-{number:07}@contoso.example")
}

/// The id of a group.
pub fn group(number: u32) -> String {
    format!("group-{number:06}")
}

/// The id of a unit.
pub fn unit(number: u32) -> String {
    format!("unit-{number:06}")
}

/// The id of a contact.
pub fn contact(number: u32) -> String {
    format!("contact-{number:07}")
}

/// The id of a server.
pub fn server(number: u32) -> String {
    format!("server-{number:07}")
}

/// The request that a step is: action, type and id of the resource, context in JSON.
pub fn request(world: &BigWorld, number: usize) -> (&'static str, &'static str, String, String) {
    match &world.steps[number].deed {
        Deed::Read { action, target, urgent, count } => {
            let (kind, id) = match target {
                Target::Contact(number) => ("Contact", contact(*number)),
                Target::Server(number) => ("Server", server(*number)),
            };
            (READING[*action], kind, id, format!("{{\"urgent\":{urgent},\"count\":{count}}}"))
        }
        Deed::Join { user: subject, group: to } => {
            (CHANGING[0], "User", user(*subject), format!("{{\"group\":\"Group::\\\"{}\\\"\"}}", group(*to)))
        }
        Deed::Create { unit: at } => {
            (CHANGING[1], "Unit", unit(*at), format!("{{\"name\":\"new-{number:07}\"}}"))
        }
        Deed::Link { group: to, unit: at } => {
            (CHANGING[2], "Unit", unit(*at), format!("{{\"group\":\"Group::\\\"{}\\\"\"}}", group(*to)))
        }
    }
}

impl BigWorld {
    /// Writes `estate.jsonl`.
    pub fn write_estate(&self, to: &mut impl Write) -> io::Result<()> {
        writeln!(to, "{{\"schema\":\"countersign.estate/1\",\"taken\":\"2026-11-22T06:00:00Z\"}}")?;
        let uid = |kind: &str, id: &str| format!("\"{kind}::\\\"{id}\\\"\"");
        self.each_entity(|kind, id, parents, attributes| {
            let parents: Vec<String> = parents.iter().map(|(kind, id)| uid(kind, id)).collect();
            let parents = parents.join(",");
            writeln!(to, "{{\"uid\":{},\"parents\":[{parents}],\"attrs\":{attributes}}}", uid(kind, id))
        })
    }

    /// Writes the entities as Cedar reads them.
    pub fn write_cedar_entities(&self, to: &mut impl Write) -> io::Result<()> {
        let uid = |kind: &str, id: &str| format!("{{\"type\":\"{NAMESPACE}::{kind}\",\"id\":\"{id}\"}}");
        let mut separator = "[";
        self.each_entity(|kind, id, parents, attributes| {
            let parents: Vec<String> = parents.iter().map(|(kind, id)| uid(kind, id)).collect();
            let parents = parents.join(",");
            let start = std::mem::replace(&mut separator, ",\n");
            write!(to, "{start}{{\"uid\":{},\"parents\":[{parents}],\"attrs\":{attributes}}}", uid(kind, id))
        })?;
        writeln!(to, "]")
    }

    /// Writes `plan.json`.
    pub fn write_plan(&self, to: &mut impl Write) -> io::Result<()> {
        let start = "\"schema\":\"countersign.plan/1\",\"id\":\"BIG\",\"title\":\"A big plan\"";
        writeln!(to, "{{{start},\"author\":\"User::\\\"{}\\\"\",\"phases\":[", user(0))?;
        let width = self.options.width.max(1);
        for (phase, steps) in self.steps.chunks(width).enumerate() {
            let order = if self.options.listed { "listed" } else { "any" };
            let needs = match phase.checked_sub(1).filter(|_| self.options.chained) {
                Some(before) => format!(",\"needs\":[\"phase-{before:06}\"]"),
                None => String::new(),
            };
            let comma = if phase > 0 { "," } else { "" };
            writeln!(to, "{comma}{{\"id\":\"phase-{phase:06}\",\"order\":\"{order}\"{needs},\"steps\":[")?;
            for at in 0..steps.len() {
                let number = phase * width + at;
                let (action, kind, id, context) = request(self, number);
                let (by, comma) = (user(self.steps[number].actor), if at > 0 { "," } else { "" });
                writeln!(
                    to,
                    "{comma}{{\"id\":\"step-{number:07}\",\"by\":\"User::\\\"{by}\\\"\",\"do\":\"{action}\",\
                     \"target\":\"{kind}::\\\"{id}\\\"\",\"with\":{context}}}"
                )?;
            }
            writeln!(to, "]}}")?;
        }
        writeln!(to, "]}}")
    }

    /// The text of `policies.cedar`: what is no link, and the templates.
    pub fn policies(&self) -> String {
        let mut text = EVERYWHERE.to_owned();
        for (number, grant) in self.grants.iter().enumerate().filter(|(_, grant)| !grant.linked) {
            let scope = match grant.unit {
                Some(at) => format!("resource in {NAMESPACE}::Unit::\"{}\"", unit(at)),
                None => "resource".to_owned(),
            };
            let principal = format!("principal in {NAMESPACE}::Group::\"{}\"", group(grant.group));
            rule(&mut text, &grant.id(number), grant, &principal, &scope);
        }
        let mut templates: Vec<&Grant> = self.grants.iter().filter(|grant| grant.linked).collect();
        templates.sort_by_key(|grant| grant.template());
        templates.dedup_by_key(|grant| grant.template());
        for grant in templates {
            rule(&mut text, &grant.template(), grant, "principal in ?principal", "resource in ?resource");
        }
        text
    }

    /// The text of `links.json`.
    pub fn links(&self) -> String {
        let mut text = String::from("[");
        let linked = self.grants.iter().enumerate().filter(|(_, grant)| grant.linked);
        for (at, (number, grant)) in linked.enumerate() {
            let comma = if at > 0 { ",\n" } else { "\n" };
            // Writing to a string cannot fail.
            let _ = write!(
                text,
                "{comma}{{\"template_id\":\"{}\",\"link_id\":\"{}\",\"args\":{{\
                 \"?principal\":\"{NAMESPACE}::Group::\\\"{}\\\"\",\"?resource\":\"{NAMESPACE}::Unit::\\\"{}\\\"\"}}}}",
                grant.template(),
                grant.id(number),
                group(grant.group),
                unit(grant.unit.unwrap_or(0)),
            );
        }
        text.push_str("\n]\n");
        text
    }

    /// Calls back with the type, id, parents and attributes of every entity.
    fn each_entity(
        &self,
        mut found: impl FnMut(&str, &str, &[(&str, String)], &str) -> io::Result<()>,
    ) -> io::Result<()> {
        let directory = &self.directory;
        for (number, parents) in directory.groups.iter().enumerate() {
            let parents: Vec<_> = parents.iter().map(|parent| ("Group", group(*parent))).collect();
            found("Group", &group(number as u32), &parents, "{}")?;
        }
        for (number, parent) in directory.units.iter().enumerate() {
            let parents: Vec<_> = parent.iter().map(|parent| ("Unit", unit(*parent))).collect();
            found("Unit", &unit(number as u32), &parents, "{}")?;
        }
        for (number, known) in directory.users.iter().enumerate() {
            let parents: Vec<_> = known.groups.iter().map(|parent| ("Group", group(*parent))).collect();
            let attributes = format!(
                "{{\"level\":{},\"enabled\":{},\"department\":\"department {}\"}}",
                known.level,
                known.enabled,
                number % 97
            );
            found("User", &user(number as u32), &parents, &attributes)?;
        }
        for (number, known) in directory.contacts.iter().enumerate() {
            let internal = known.tier == 0;
            let address = format!("sip:{}@contoso.example", contact(number as u32));
            let attributes = format!("{{\"internal\":{internal},\"address\":\"{address}\"}}");
            found("Contact", &contact(number as u32), &[("Unit", unit(known.unit))], &attributes)?;
        }
        for (number, known) in directory.servers.iter().enumerate() {
            let attributes = format!("{{\"tier\":{},\"site\":\"site {}\"}}", known.tier, number % 31);
            found("Server", &server(number as u32), &[("Unit", unit(known.unit))], &attributes)?;
        }
        Ok(())
    }
}

/// Writes one policy or template.
fn rule(text: &mut String, id: &str, grant: &Grant, principal: &str, resource: &str) {
    let effect = if grant.forbids { "forbid" } else { "permit" };
    let actions: Vec<String> = ACTION_SETS[grant.actions]
        .iter()
        .map(|action| format!("{NAMESPACE}::Action::\"{}\"", READING[*action]))
        .collect();
    let action = match &*actions {
        [only] => format!("action == {only}"),
        several => format!("action in [{}]", several.join(", ")),
    };
    let when = match CONDITIONS[grant.condition] {
        "" => String::new(),
        condition => format!(" when {{ {condition} }}"),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(text, "@id(\"{id}\")\n{effect}({principal}, {action}, {resource}){when};");
}

/// The ids of all templates that worlds can have.
pub fn templates() -> Vec<String> {
    let mut ids = Vec::new();
    for forbids in [false, true] {
        for actions in 0..ACTION_SETS.len() {
            ids.extend((0..CONDITIONS.len()).map(|condition| grants::template(forbids, actions, condition)));
        }
    }
    ids
}
