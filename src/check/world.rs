//! The estate that a plan is judged against.

use super::{Detail, Settings};
use crate::diagnostic::Sink;
use crate::document::EstateDocument;
use crate::model::{Estate, Schema};
use crate::resolve::{self, Alike, Places};

/// Whether the parts of an estate are kept, for a plan that brings one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// They are.
    Kept,
    /// They are not, because they can be large.
    Dropped,
}

/// An estate with its parts.
pub(super) struct World {
    parts: Vec<EstateDocument>,
    /// All parts as one.
    pub estate: Estate,
    /// Only where steps are looked into.
    pub places: Option<Places>,
}

impl World {
    /// Makes one estate of its parts; all problems are reported together.
    pub fn new(
        parts: Vec<EstateDocument>,
        schema: &Schema,
        settings: &Settings,
        keep: Parts,
        sink: &mut Sink,
    ) -> Option<Self> {
        let estate = resolve::estate(&parts, schema, sink)?;
        let fresh =
            parts.is_empty() || resolve::is_fresh(&parts, estate.taken, settings.at, settings.max_age, sink);
        fresh.then_some(())?;
        resolve::look_alikes(&parts, schema, &Alike::new(&estate.state), sink);
        let kept = if keep == Parts::Kept { parts.clone() } else { Vec::new() };
        let places = (settings.detail != Detail::Outcomes).then(|| Places::new(parts, schema));
        Some(Self { parts: kept, estate, places })
    }

    /// The parts.
    pub fn parts(&self) -> Vec<&EstateDocument> {
        self.parts.iter().collect()
    }

    /// The same estate with a part more.
    pub fn with(
        &self,
        part: &EstateDocument,
        schema: &Schema,
        settings: &Settings,
        sink: &mut Sink,
    ) -> Option<Self> {
        let parts = self.parts.iter().chain([part]).cloned().collect();
        Self::new(parts, schema, settings, Parts::Kept, sink)
    }
}
