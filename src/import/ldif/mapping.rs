//! What a user adds to exports and lists of changes.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::document::{Node, NodeKind};
use crate::import::Options;
use crate::import::directory::dn;
use crate::import::directory::entry::Tiers;
use crate::import::mapping::section;
use crate::import::native::Fields;
use crate::import::reading::{Reading, shown};
use crate::source::{SourceMap, Spanned};

const FIELDS: &[&str] = &["id", "title", "author", "taken", "tiers"];

/// The section `ldif` of a mapping file.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    /// The plan's id.
    pub id: Option<Spanned<String>>,
    /// The plan's title.
    pub title: Option<Spanned<String>>,
    /// Who wrote the plan.
    pub author: Option<Spanned<String>>,
    /// When the export was made.
    pub taken: Option<Spanned<String>>,
    /// Places with the tiers that everything below them is of.
    pub tiers: Tiers,
}

/// Reads the section, which may be absent; nothing where it could not be read.
pub(super) fn mapping(sources: &SourceMap, options: &Options, sink: &mut Sink) -> Option<Mapping> {
    section(sources, options.mapping, "ldif", sink, read).ok().map(Option::unwrap_or_default)
}

fn read(reading: &mut Reading<'_>, node: Node) -> Option<Mapping> {
    let mut fields = Fields::open(reading, node, "the mapping of LDIF", FIELDS)?;
    let tiers = fields.take("tiers").map(|node| tiers(reading, node));
    Some(Mapping {
        id: fields.take("id").and_then(|node| reading.id("id", node)),
        title: fields.take("title").and_then(|node| reading.title("title", node)),
        author: fields.take("author").and_then(|node| reading.name("author", node)),
        taken: fields.take("taken").and_then(|node| reading.line("taken", node)),
        tiers: tiers.unwrap_or_default(),
    })
}

/// Distinguished names, each with the number of a tier.
fn tiers(reading: &mut Reading<'_>, node: Node) -> Tiers {
    let mut tiers = Tiers::default();
    for (key, value) in reading.map("tiers", node).unwrap_or_default() {
        let name = dn::parse(&key.value).map_err(|why| {
            let message = format!("the name `{}` {why}", shown(&key.value));
            reading.push(Diagnostic::new(Code::DistinguishedName, message).label(key.span, ""));
        });
        match (name, &value.kind) {
            (Ok(name), NodeKind::Integer(tier)) => drop(tiers.0.insert(name.key, *tier)),
            (Ok(_), _) => reading.wrong_shape("a tier", &value, "a number"),
            (Err(()), _) => {}
        }
    }
    tiers
}
