//! A bundle's manifest and links as their files say them.

use crate::source::{SourceId, Span, Spanned};

/// A file of kind `countersign.bundle/1`.
#[derive(Clone, Debug)]
pub struct ManifestDocument {
    /// The file.
    pub source: SourceId,
    /// The bundle's name.
    pub name: Spanned<String>,
    /// The namespace of types written without one; empty for none.
    pub namespace: Option<Spanned<String>>,
    /// Enforcement levels by policy `@id`.
    pub enforcement: Vec<(Spanned<String>, Spanned<Level>)>,
}

/// How strictly a forbid is enforced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It denies, and nothing overrides it.
    #[default]
    Hard,
    /// It denies unless an override counts.
    Soft,
    /// It warns.
    Advisory,
}

impl Level {
    /// The word of the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Hard => "hard",
            Level::Soft => "soft",
            Level::Advisory => "advisory",
        }
    }
}

/// A template link of `links.json`, in the form of the Cedar command line.
#[derive(Clone, Debug)]
pub struct LinkDocument {
    /// The whole record.
    pub span: Span,
    /// The template's `@id`.
    pub template: Spanned<String>,
    /// The link's own id.
    pub link: Spanned<String>,
    /// What `?principal` stands for, a uid.
    pub principal: Option<Spanned<String>>,
    /// What `?resource` stands for, a uid.
    pub resource: Option<Spanned<String>>,
}
