//! Mapping files: what a user adds to a file of another program.

use super::native::{Fields, header};
use super::reading::Reading;
use super::{IMPORTERS, read};
use crate::diagnostic::Sink;
use crate::document::Node;
use crate::source::{SourceId, SourceMap};

/// Reads the section of one importer from a file of kind `countersign.mapping/1`, if it has one.
///
/// Sections are mappings named like importers; what is in them is the importer's to say.
///
/// # Errors
/// When the file could not be read; why is in the sink.
#[allow(dead_code, reason = "importers of other programs' files ask for it")]
pub(super) fn section<T>(
    sources: &SourceMap,
    mapping: Option<SourceId>,
    importer: &'static str,
    sink: &mut Sink,
    read_section: impl FnOnce(&mut Reading<'_>, Node) -> Option<T>,
) -> Result<Option<T>, Unreadable> {
    let Some(id) = mapping else { return Ok(None) };
    let known: Vec<&'static str> =
        std::iter::once("schema").chain(IMPORTERS.iter().map(|importer| importer.name)).collect();
    let mut reading = Reading::open(sources, id, sink).ok_or(Unreadable)?;
    let section = read(&mut reading).and_then(|root| {
        let mut fields = Fields::open(&mut reading, root, "a mapping", &known)?;
        header(&mut reading, &mut fields, "mapping");
        match fields.take(importer) {
            Some(node) => read_section(&mut reading, node).map(Some),
            None => Some(None),
        }
    });
    reading.close(section).ok_or(Unreadable)
}

/// A file could not be read, and why is in the sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "importers of other programs' files say it")]
pub(super) struct Unreadable;
