//! Which steps come before which.

use crate::graph::Reach;
use crate::model::{Plan, StepId};

/// Answers whether one step comes before another.
pub(in crate::decide) struct Ancestry<'a> {
    plan: &'a Plan,
    reach: Reach,
}

impl<'a> Ancestry<'a> {
    pub(in crate::decide) fn new(plan: &'a Plan) -> Self {
        Self { plan, reach: Reach::new(&plan.graph) }
    }

    /// Says whether there is a path from the first step to the second.
    pub(in crate::decide) fn before(&self, first: StepId, second: StepId) -> bool {
        // Steps are numbered by wave.
        first < second && self.reach.before(&self.plan.graph, self.plan.point(first), self.plan.point(second))
    }

    /// Says whether two different steps may run in either order.
    pub(in crate::decide) fn unordered(&self, one: StepId, other: StepId) -> bool {
        one != other && !self.before(one, other) && !self.before(other, one)
    }

    /// All steps that come before a step, in plan order.
    pub(in crate::decide) fn ancestors(&self, step: StepId) -> Vec<StepId> {
        let points = self.plan.graph.ancestors(self.plan.point(step));
        let mut steps: Vec<StepId> =
            points.into_iter().filter_map(|point| self.plan.step_at(point)).collect();
        steps.sort_unstable();
        steps
    }
}
