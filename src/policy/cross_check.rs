//! Decisions held against plain Cedar while a run goes on.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use super::bundle::Bundle;
use super::evaluate::{PolicySets, Ruling};
use super::plain::{CedarSets, rule_plainly};
use super::request::Request;
use crate::model::State;

/// Which decisions are made a second time by Cedar, from all policies.
#[derive(Debug, Default)]
pub(super) struct CrossCheck {
    /// One of so many; none where absent.
    every: Option<NonZeroU64>,
    made: AtomicU64,
}

impl CrossCheck {
    pub(super) fn every(every: NonZeroU64) -> Self {
        Self { every: Some(every), made: AtomicU64::new(0) }
    }

    /// Holds an answer against Cedar's, if it is this one's turn.
    ///
    /// # Panics
    /// Where they differ: nothing that the engine says can be relied on then.
    pub(super) fn hold(
        &self,
        bundle: &Bundle,
        sets: &PolicySets,
        state: &State,
        request: Request<'_>,
        ruling: &Ruling,
    ) {
        let Some(every) = self.every else { return };
        if !self.made.fetch_add(1, Ordering::Relaxed).is_multiple_of(every.get()) {
            return;
        }
        let plain = CedarSets::whole(bundle, state, sets.prerequisites);
        let plain = rule_plainly(bundle, &plain, state, request);
        assert!(
            *ruling == plain,
            "the policy index and Cedar differ about `{}` doing `{}` to `{}`: {ruling:?}, and Cedar says {plain:?}",
            request.principal,
            request.action,
            request.resource,
        );
    }
}
