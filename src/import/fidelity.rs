//! How much of a file an importer could say in the program's own terms.

use std::collections::BTreeMap;

use super::{ImportedEstate, ImportedPlan, Importer};
use crate::report::{ImportRemark, ImportReport, Location};
use crate::source::{SourceId, SourceMap, Span};

/// What became of the parts of an imported file.
///
/// Our own formats say everything in our own terms, and leave this empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fidelity {
    /// How many of each kind were made, by the kind in plural: `steps`, `entities`, `edges`.
    pub mapped: BTreeMap<&'static str, usize>,
    /// Parts of the file that have no form here and are left out, in the order of the file.
    pub opaque: Vec<Remark>,
    /// Values that the file does not tell, in the order of the file.
    pub unknown: Vec<Remark>,
}

/// A part of an imported file, and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where it stands in the user's file.
    pub span: Span,
    /// What it is and what became of it, lowercase, one sentence.
    pub text: String,
}

impl Fidelity {
    /// Counts something that was made.
    pub fn count(&mut self, kind: &'static str, number: usize) {
        if number > 0 {
            *self.mapped.entry(kind).or_default() += number;
        }
    }

    /// Notes a part that is left out.
    pub fn opaque(&mut self, span: Span, text: impl Into<String>) {
        self.opaque.push(Remark { span, text: text.into() });
    }

    /// Notes a value that the file does not tell.
    pub fn unknown(&mut self, span: Span, text: impl Into<String>) {
        self.unknown.push(Remark { span, text: text.into() });
    }

    /// Puts the remarks into the order of the file.
    pub fn sort(&mut self) {
        for remarks in [&mut self.opaque, &mut self.unknown] {
            remarks.sort_by(|left, right| (left.span, &left.text).cmp(&(right.span, &right.text)));
            remarks.dedup();
        }
    }

    /// Adds what became of another part of the same import.
    pub fn extend(&mut self, other: Fidelity) {
        for (kind, number) in other.mapped {
            self.count(kind, number);
        }
        self.opaque.extend(other.opaque);
        self.unknown.extend(other.unknown);
    }

    /// Says whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.mapped.is_empty() && self.opaque.is_empty() && self.unknown.is_empty()
    }
}

impl ImportedPlan {
    /// What became of the text, as reports have it; nothing where it is one of our own.
    pub fn report(&self, sources: &SourceMap, source: SourceId) -> Option<ImportReport> {
        report(sources, source, self.format, &self.fidelity)
    }
}

impl ImportedEstate {
    /// What became of the text, as reports have it; nothing where it is one of our own.
    pub fn report(&self, sources: &SourceMap, source: SourceId) -> Option<ImportReport> {
        report(sources, source, self.format, &self.fidelity)
    }
}

fn report(
    sources: &SourceMap,
    source: SourceId,
    format: &Importer,
    fidelity: &Fidelity,
) -> Option<ImportReport> {
    if format.own {
        return None;
    }
    let remark = |remark: &Remark| ImportRemark {
        text: remark.text.clone(),
        span: Location::of(sources, remark.span),
    };
    Some(ImportReport {
        path: sources.get(source).path().to_owned(),
        format: format.name.to_owned(),
        mapped: fidelity.mapped.iter().map(|(kind, number)| ((*kind).to_owned(), *number)).collect(),
        opaque: fidelity.opaque.iter().map(remark).collect(),
        unknown: fidelity.unknown.iter().map(remark).collect(),
    })
}
