//! What a user says about files of other programs, because the files do not.

use super::Importer;
use crate::source::SourceId;

/// How texts are imported. Our own formats need none of this.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format of plans; recognised by content if absent.
    pub plan_format: Option<&'static Importer>,
    /// The format of estates; recognised by content if absent.
    pub estate_format: Option<&'static Importer>,
    /// A text that is the uid of the principal of steps that have none; it has a source of its own so
    /// that messages can point at it.
    pub by: Option<SourceId>,
    /// A mapping file; each importer reads the section that has its name.
    pub mapping: Option<SourceId>,
    /// Whether a part of a file that has no form here is left out or refused.
    pub strictness: Strictness,
}

/// What happens where a part of a file has no form here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It is left out and told.
    #[default]
    Lenient,
    /// It is an error.
    Strict,
}
