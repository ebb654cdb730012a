//! The minimal alternatives of conditions under which a formula holds.
//!
//! They are the prime implicants of the formula, found by merging over all cubes (Quine 1952,
//! McCluskey 1956), as far as the world lets the conditions vary: what is in a nested group is in
//! the outer one too, and nothing is two entities.

use super::super::bundle::Bundle;
use super::super::request::Request;
use super::Conditions;
use super::formula::{Atom, Formula};
use crate::model::State;

/// Over more conditions than these, alternatives are not looked for.
pub const MOST_ATOMS: usize = 12;

/// One condition of an alternative.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The condition.
    pub atom: Atom,
    /// Whether it must hold, or must not.
    pub holds: bool,
}

/// Conditions that together suffice, and of which none can be left out.
pub type Alternative = Vec<Requirement>;

/// Why there are no alternatives to tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Undecided {
    /// It depends on a value that is not known yet; the words name it.
    Unknown(String),
    /// There are more conditions than [`MOST_ATOMS`]; the number.
    TooMany(usize),
}

/// The world that conditions are looked at in.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// The state.
    pub state: &'a State,
    /// The request; its principal does not matter.
    pub request: Request<'a>,
    /// The conditions of the policies for it.
    pub conditions: &'a Conditions,
}

/// Finds the minimal alternatives, the shortest first; none where the formula cannot hold.
///
/// One empty alternative means that it always holds.
///
/// # Errors
/// Where the formula cannot be decided.
pub fn alternatives(formula: &Formula, world: World<'_>) -> Result<Vec<Alternative>, Undecided> {
    let atoms: Vec<&Atom> = formula.atoms().into_iter().collect();
    if let Some(Atom::Unknown(what)) = atoms.iter().find(|atom| matches!(atom, Atom::Unknown(_))) {
        return Err(Undecided::Unknown(what.to_string()));
    }
    if atoms.len() > MOST_ATOMS {
        return Err(Undecided::TooMany(atoms.len()));
    }
    let theory = Theory::of(&atoms, world);
    let cubes = Cubes::of(formula, &atoms, &theory);
    let primes: Vec<usize> = (0..cubes.states.len()).filter(|cube| cubes.is_prime(*cube)).collect();
    let more_general = |cube: usize, other: usize| {
        cube != other && cubes.implies(cube, other) && (other < cube || !cubes.implies(other, cube))
    };
    let kept = primes.iter().filter(|cube| !primes.iter().any(|other| more_general(**cube, *other)));
    let mut found: Vec<Alternative> = kept.map(|cube| cubes.alternative(*cube, &atoms)).collect();
    found.sort_by_key(|alternative| {
        let negations = alternative.iter().filter(|requirement| !requirement.holds).count();
        (alternative.len(), negations, alternative.clone())
    });
    Ok(found)
}

/// Which assignments of the conditions the world permits.
struct Theory {
    /// Of each condition, those that hold where it holds.
    implied: Vec<usize>,
    /// Of each condition, those that do not hold where it holds.
    excluded: Vec<usize>,
}

impl Theory {
    fn of(atoms: &[&Atom], world: World<'_>) -> Self {
        let mut theory = Self { implied: Vec::new(), excluded: Vec::new() };
        for atom in atoms {
            let relations = atoms.iter().map(|other| relation(atom, other, world));
            let (mut implied, mut excluded) = (0, 0);
            for (at, relation) in relations.enumerate() {
                match relation {
                    Some(true) => implied |= 1 << at,
                    Some(false) => excluded |= 1 << at,
                    None => {}
                }
            }
            theory.implied.push(implied);
            theory.excluded.push(excluded);
        }
        theory
    }

    fn permits(&self, assignment: usize) -> bool {
        self.implied.iter().zip(&self.excluded).enumerate().all(|(at, (implied, excluded))| {
            assignment & (1 << at) == 0 || (assignment & implied == *implied && assignment & excluded == 0)
        })
    }
}

/// Whether the second condition holds where the first does; `None` where that is open.
fn relation(first: &Atom, second: &Atom, world: World<'_>) -> Option<bool> {
    match (first, second) {
        _ if first == second => Some(true),
        (Atom::In(inner), Atom::In(outer)) => world.state.ancestors(inner).contains(outer).then_some(true),
        (Atom::OfType(_), Atom::OfType(_)) => Some(false),
        (Atom::Is(uid), _) => {
            let request = Request { principal: uid, ..world.request };
            world.conditions.holds(world.bundle, world.state, request, second)
        }
        _ => None,
    }
}

/// Every choice of conditions that hold, do not hold, or may do either; a number in base three.
struct Cubes {
    atoms: usize,
    states: Vec<Cube>,
}

/// What is known of one choice.
#[derive(Clone, Copy)]
struct Cube {
    /// Whether the formula holds in every assignment that the world permits.
    suffices: bool,
    /// Whether the world permits one at all.
    possible: bool,
}

const HOLDS: usize = 1;
const EITHER: usize = 2;

impl Cubes {
    fn of(formula: &Formula, atoms: &[&Atom], theory: &Theory) -> Self {
        let mut cubes = Self { atoms: atoms.len(), states: Vec::new() };
        for cube in 0..power(atoms.len()) {
            let state = match (0..atoms.len()).find(|at| digit(cube, *at) == EITHER) {
                Some(open) => {
                    let (no, yes) = (cubes.at(cube - 2 * power(open)), cubes.at(cube - power(open)));
                    Cube { suffices: no.suffices && yes.suffices, possible: no.possible || yes.possible }
                }
                None => cubes.assigned(cube, formula, atoms, theory),
            };
            cubes.states.push(state);
        }
        cubes
    }

    fn assigned(&self, cube: usize, formula: &Formula, atoms: &[&Atom], theory: &Theory) -> Cube {
        let holding = |at: usize| digit(cube, at) == HOLDS;
        let assignment = (0..atoms.len()).filter(|at| holding(*at)).fold(0, |bits, at| bits | 1 << at);
        let possible = theory.permits(assignment);
        let mut truth = |atom: &Atom| atoms.binary_search(&atom).ok().map(holding);
        Cube { suffices: !possible || formula.holds(&mut truth) == Some(true), possible }
    }

    fn at(&self, cube: usize) -> Cube {
        self.states.get(cube).copied().unwrap_or(Cube { suffices: false, possible: false })
    }

    /// Says whether a choice suffices and none of its conditions can be left out.
    fn is_prime(&self, cube: usize) -> bool {
        let without = |at: usize| cube + (EITHER - digit(cube, at)) * power(at);
        let Cube { suffices, possible } = self.at(cube);
        suffices && possible && self.fixed(cube).all(|at| !self.at(without(at)).suffices)
    }

    fn fixed(&self, cube: usize) -> impl Iterator<Item = usize> {
        (0..self.atoms).filter(move |at| digit(cube, *at) != EITHER)
    }

    /// Says whether, in this world, the second choice is met wherever the first is.
    fn implies(&self, first: usize, second: usize) -> bool {
        self.fixed(second).all(|at| {
            let wanted = digit(second, at);
            match digit(first, at) {
                EITHER => !self.at(first - (EITHER - (1 - wanted)) * power(at)).possible,
                given => given == wanted,
            }
        })
    }

    fn alternative(&self, cube: usize, atoms: &[&Atom]) -> Alternative {
        let requirement = |at: usize| {
            atoms.get(at).map(|atom| Requirement { atom: Atom::clone(atom), holds: digit(cube, at) == HOLDS })
        };
        let mut alternative: Alternative = self.fixed(cube).filter_map(requirement).collect();
        alternative.sort_by_key(|requirement| !requirement.holds);
        alternative
    }
}

fn power(exponent: usize) -> usize {
    (0..exponent).fold(1, |product, _| product * 3)
}

fn digit(cube: usize, at: usize) -> usize {
    cube / power(at) % 3
}
