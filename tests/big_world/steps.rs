//! The steps: most aimed at a grant, some of them changing what is theirs alone.

use super::Options;
use super::dice::Dice;
use super::directory::Directory;
use super::grants::{ACTION_SETS, Grant};

/// A contact or a server by its number.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    Contact(u32),
    Server(u32),
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Deed {
    /// The action at that position of [`super::READING`].
    Read { action: usize, target: Target, urgent: bool, count: u8 },
    /// A user joins a group.
    Join { user: u32, group: u32 },
    /// The contact with the number of the step is made in a unit.
    Create { unit: u32 },
    /// A group gets a grant in a unit, by a link of a template.
    Link { group: u32, unit: u32 },
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// The acting user.
    pub actor: u32,
    pub deed: Deed,
}

/// The steps of a plan, in their order.
pub fn steps(options: &Options, directory: &Directory, grants: &[Grant], dice: &mut Dice) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::with_capacity(options.steps);
    let mut changes = 0;
    for number in 0..options.steps {
        if dice.happens(options.changing) {
            let earlier = number.checked_sub(options.width).and_then(|other| steps.get(other));
            let reads = |step: &&Step| step.actor != 0 && matches!(step.deed, Deed::Read { .. });
            let victim = earlier.filter(reads).filter(|_| dice.happens(options.interacting));
            let joins = victim.map(|step| (step.actor, tempting(step, directory, grants, dice)));
            let deed = change(changes, joins, directory, options, dice);
            steps.push(Step { actor: 0, deed });
            changes += 1;
        } else {
            steps.push(reading(options, directory, grants, dice));
        }
    }
    steps
}

fn reading(options: &Options, directory: &Directory, grants: &[Grant], dice: &mut Dice) -> Step {
    let aimed = grants.get(dice.below(grants.len().max(1))).filter(|_| dice.happens(options.aimed));
    let (actor, action, unit) = match aimed {
        Some(grant) => {
            let actions = ACTION_SETS[grant.actions];
            let unit = grant.unit.map(|unit| directory.unit_below(unit, dice));
            (directory.member(grant.group, dice), actions[dice.below(actions.len())], unit)
        }
        None => (dice.below(directory.actors) as u32, dice.below(8), None),
    };
    let target = match dice.happens(0.75) {
        true => Target::Contact(in_unit(unit, &directory.contacts_in, directory.contacts.len(), dice)),
        false => Target::Server(in_unit(unit, &directory.servers_in, directory.servers.len(), dice)),
    };
    Step {
        actor,
        deed: Deed::Read { action, target, urgent: dice.happens(0.5), count: dice.below(10) as u8 },
    }
}

/// A thing of a unit; any where there is none.
fn in_unit(unit: Option<u32>, by_unit: &[Vec<u32>], count: usize, dice: &mut Dice) -> u32 {
    let found = unit.map_or(&[][..], |unit| &by_unit[unit as usize]);
    match found.len() {
        0 => dice.below(count) as u32,
        some => found[dice.below(some)],
    }
}

/// A group that somebody who does a step would gain from, found by looking at some hundred grants.
fn tempting(step: &Step, directory: &Directory, grants: &[Grant], dice: &mut Dice) -> u32 {
    let any = dice.below(directory.peopled) as u32;
    let Deed::Read { action, target, .. } = &step.deed else { return any };
    let unit = match target {
        Target::Contact(number) => directory.contacts[*number as usize].unit,
        Target::Server(number) => directory.servers[*number as usize].unit,
    };
    let chain = directory.chain(unit);
    let gives = |grant: &&Grant| {
        !grant.forbids
            && ACTION_SETS[grant.actions].contains(action)
            && grant.unit.is_some_and(|unit| chain.contains(&unit))
    };
    let mut tries = (0..400).filter_map(|_| grants.get(dice.below(grants.len().max(1))));
    tries.find(gives).map_or(any, |grant| grant.group)
}

/// The change of that number; `joins` is somebody whose rights it is to touch, and the group to join.
fn change(
    number: usize,
    joins: Option<(u32, u32)>,
    directory: &Directory,
    options: &Options,
    dice: &mut Dice,
) -> Deed {
    let passive = directory.users.len() - directory.actors;
    let empty = directory.groups.len() - directory.peopled;
    let group = (directory.peopled + number % empty.max(1)) as u32;
    let unit = dice.below(directory.units.len()) as u32;
    let kind = options.changes.get(number % options.changes.len().max(1));
    match (joins, kind) {
        (Some((user, group)), _) => Deed::Join { user, group },
        (None, Some(super::ChangeKind::Create)) => Deed::Create { unit },
        (None, Some(super::ChangeKind::Link)) => Deed::Link { group, unit },
        (None, _) => Deed::Join { user: (directory.actors + number % passive.max(1)) as u32, group },
    }
}
