//! The program's configuration as its file says it.

use crate::source::{SourceId, Spanned};

/// A `countersign.toml`. Its paths are relative to the folder it lies in.
#[derive(Clone, Debug)]
pub struct ConfigurationDocument {
    /// The file.
    pub source: SourceId,
    /// The bundle's folder or name.
    pub bundle: Option<Spanned<String>>,
    /// The files of the estate; empty where none is named.
    pub estate: Vec<Spanned<String>>,
    /// The plans, or folders of plans; empty where none is named.
    pub plans: Vec<Spanned<String>>,
}
