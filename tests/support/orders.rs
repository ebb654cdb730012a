//! Section 4 of semantics.md by enumeration: every run of the plan, and every conflict in one.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::reference::{Decided, Reference, State};

/// What all runs together say of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OverAllRuns {
    pub decisions: BTreeSet<&'static str>,
    pub determining: BTreeSet<String>,
    pub errors: BTreeSet<String>,
}

impl OverAllRuns {
    pub fn add(&mut self, decided: &Decided) {
        self.decisions.insert(decided.decision);
        self.determining.extend(decided.determining.iter().cloned());
        self.errors.extend(decided.errors.iter().cloned());
    }

    pub fn outcome(&self) -> &'static str {
        if self.decisions == BTreeSet::from(["allow"]) {
            "allowed"
        } else if self.decisions.contains("indeterminate") {
            "indeterminate"
        } else if !self.decisions.contains("allow") {
            "denied"
        } else {
            "order-dependent"
        }
    }
}

/// Says of every step what all runs say of it.
pub fn over_all_runs(reference: &Reference<'_>) -> Vec<OverAllRuns> {
    let mut table = Table::new(reference);
    let mut found = vec![OverAllRuns::default(); reference.steps.len()];
    beginnings(&mut table, |table, state, next| {
        for step in next {
            found[*step].add(table.decide(state, *step));
        }
    });
    found
}

/// The pairs of unordered steps that conflict: in some run they are neighbours, and swapping them
/// changes the state after both, or whether either is applicable.
pub fn conflicts(reference: &Reference<'_>) -> BTreeSet<(usize, usize)> {
    let mut table = Table::new(reference);
    let mut found = BTreeSet::new();
    beginnings(&mut table, |table, state, next| {
        // Of two steps that can both come next, neither comes before the other in every run.
        for one in next {
            let later = next.iter().filter(|other| *other > one);
            found
                .extend(later.filter(|other| table.differ(state, *one, **other)).map(|other| (*one, *other)));
        }
    });
    found
}

/// Goes through the beginnings of all runs: the state that each leads to, with the steps that can come next.
///
/// Beginnings with the same steps that lead to the same state go on alike, and are gone through once.
fn beginnings(table: &mut Table<'_, '_>, mut visit: impl FnMut(&mut Table<'_, '_>, usize, &[usize])) {
    let ancestors = &table.reference.ancestors;
    let mut seen = HashSet::new();
    let mut open = vec![(BTreeSet::new(), table.initial())];
    while let Some((done, state)) = open.pop() {
        if !seen.insert((done.clone(), state)) {
            continue;
        }
        let steps = (0..ancestors.len()).filter(|step| !done.contains(step));
        let next: Vec<usize> = steps.filter(|step| ancestors[*step].is_subset(&done)).collect();
        visit(table, state, &next);
        for step in next {
            let after = table.after(state, step).0;
            open.push((done.iter().copied().chain([step]).collect(), after));
        }
    }
}

/// The states that runs come by, numbered, and what was already asked of them.
struct Table<'a, 'b> {
    reference: &'a Reference<'b>,
    states: Vec<State>,
    numbers: HashMap<State, usize>,
    decided: HashMap<(usize, usize), Decided>,
    after: HashMap<(usize, usize), (usize, bool)>,
}

impl<'a, 'b> Table<'a, 'b> {
    fn new(reference: &'a Reference<'b>) -> Self {
        Self {
            reference,
            states: Vec::new(),
            numbers: HashMap::new(),
            decided: HashMap::new(),
            after: HashMap::new(),
        }
    }

    fn initial(&mut self) -> usize {
        let initial = self.reference.initial();
        self.number(initial)
    }

    fn number(&mut self, state: State) -> usize {
        if let Some(number) = self.numbers.get(&state) {
            return *number;
        }
        self.numbers.insert(state.clone(), self.states.len());
        self.states.push(state);
        self.states.len() - 1
    }

    fn decide(&mut self, state: usize, step: usize) -> &Decided {
        let (reference, states) = (self.reference, &self.states);
        self.decided.entry((state, step)).or_insert_with(|| reference.decide(&states[state], step))
    }

    /// The state after a step, and whether the step was applicable.
    fn after(&mut self, state: usize, step: usize) -> (usize, bool) {
        if let Some(known) = self.after.get(&(state, step)) {
            return *known;
        }
        let answer = match self.reference.changed(&self.states[state], step) {
            Ok(next) => (self.number(next), true),
            Err(_) => (state, false),
        };
        self.after.insert((state, step), answer);
        answer
    }

    /// Says whether two neighbours do something else when they are swapped.
    fn differ(&mut self, state: usize, one: usize, other: usize) -> bool {
        let (middle, one_first) = self.after(state, one);
        let (end, other_second) = self.after(middle, other);
        let (swapped_middle, other_first) = self.after(state, other);
        let (swapped_end, one_second) = self.after(swapped_middle, one);
        let content = |number: usize| {
            let state = &self.states[number];
            // A link is its template and its arguments; what it is called makes no difference.
            (state.entities.clone(), state.links.keys().cloned().collect::<Vec<_>>())
        };
        one_first != one_second || other_first != other_second || content(end) != content(swapped_end)
    }
}
