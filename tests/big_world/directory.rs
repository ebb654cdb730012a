//! The entities: users in nested groups, contacts and servers in nested units.

use super::dice::Dice;

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    /// The groups that the user is in directly.
    pub groups: Vec<u32>,
    pub level: u8,
    pub enabled: bool,
}

/// A contact or a server.
#[derive(Clone, Debug)]
pub struct Thing {
    /// The unit that it is in directly.
    pub unit: u32,
    /// Of a server 0 to 2; of a contact 0 where it is internal.
    pub tier: u8,
}

/// All entities of a world.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The groups that each group is in directly; none for those of the highest of five levels.
    pub groups: Vec<Vec<u32>>,
    /// The unit that each unit is in; none for the first. A tree of seven branches each.
    pub units: Vec<Option<u32>>,
    pub users: Vec<User>,
    pub contacts: Vec<Thing>,
    pub servers: Vec<Thing>,
    /// The groups that are in each group directly.
    pub groups_in: Vec<Vec<u32>>,
    /// The users that are in each group directly.
    pub users_in: Vec<Vec<u32>>,
    /// The contacts that are in each unit directly.
    pub contacts_in: Vec<Vec<u32>>,
    /// The servers that are in each unit directly.
    pub servers_in: Vec<Vec<u32>>,
    /// How many groups have members; the others are for plans to grant something to.
    pub peopled: usize,
    /// How many users act; the others are for plans to change.
    pub actors: usize,
}

/// The first group of each level, in shares of a thousand.
const LEVELS: [usize; 6] = [0, 5, 30, 120, 400, 1000];

impl Directory {
    /// About so many entities: 40 % users, 2 % groups, 1 % units, contacts and servers.
    pub fn new(entities: usize, dice: &mut Dice) -> Self {
        let (users, groups) = ((entities * 2 / 5).max(8), (entities / 50).max(8));
        let units = (entities / 100).max(4);
        let rest = entities.saturating_sub(users + groups + units).max(8);
        let peopled = groups - groups / 4;
        let actors = (users - users / 2).max(1);
        let mut directory = Self {
            groups: groups_of(groups, dice),
            units: (0..units).map(|unit| (unit > 0).then(|| ((unit - 1) / 7) as u32)).collect(),
            users: (0..users).map(|_| user(peopled, dice)).collect(),
            contacts: (0..rest - rest / 4).map(|_| thing(units, dice)).collect(),
            servers: (0..rest / 4).map(|_| thing(units, dice)).collect(),
            groups_in: vec![Vec::new(); groups],
            users_in: vec![Vec::new(); groups],
            contacts_in: vec![Vec::new(); units],
            servers_in: vec![Vec::new(); units],
            peopled,
            actors,
        };
        // Somebody is in the first group, so that every change can be made by somebody.
        directory.users[0] = User { groups: vec![0], level: 9, enabled: true };
        for (group, parents) in directory.groups.iter().enumerate() {
            parents.iter().for_each(|parent| directory.groups_in[*parent as usize].push(group as u32));
        }
        for (user, found) in directory.users.iter().enumerate().take(actors) {
            found.groups.iter().for_each(|group| directory.users_in[*group as usize].push(user as u32));
        }
        let things = [
            (&directory.contacts, &mut directory.contacts_in),
            (&directory.servers, &mut directory.servers_in),
        ];
        for (things, by_unit) in things {
            for (thing, found) in things.iter().enumerate() {
                by_unit[found.unit as usize].push(thing as u32);
            }
        }
        directory
    }

    /// An acting user who is in a group, directly or not; any acting user where there is none.
    pub fn member(&self, group: u32, dice: &mut Dice) -> u32 {
        let mut at = group as usize;
        for _ in 0..LEVELS.len() {
            let (users, groups) = (&self.users_in[at], &self.groups_in[at]);
            if !users.is_empty() && (groups.is_empty() || dice.happens(0.4)) {
                return users[dice.below(users.len())];
            }
            match groups.len() {
                0 => break,
                some => at = groups[dice.below(some)] as usize,
            }
        }
        dice.below(self.actors) as u32
    }

    /// Every group that a user is in, directly or not, in order.
    pub fn groups_of(&self, user: u32) -> Vec<u32> {
        let mut found: Vec<u32> = self.users[user as usize].groups.clone();
        let mut at = 0;
        while at < found.len() {
            for parent in &self.groups[found[at] as usize] {
                if !found.contains(parent) {
                    found.push(*parent);
                }
            }
            at += 1;
        }
        found.sort_unstable();
        found
    }

    /// A unit and every unit above it, from below.
    pub fn chain(&self, unit: u32) -> Vec<u32> {
        let mut chain = vec![unit];
        while let Some(above) = self.units[chain[chain.len() - 1] as usize] {
            chain.push(above);
        }
        chain
    }

    /// A unit below a unit, or the unit itself.
    pub fn unit_below(&self, unit: u32, dice: &mut Dice) -> u32 {
        let mut at = unit as usize;
        while dice.happens(0.5) && at * 7 + 1 < self.units.len() {
            at = (at * 7 + 1 + dice.below(7)).min(self.units.len() - 1);
        }
        at as u32
    }
}

/// Groups in five levels; each is in one to three groups of the level above.
fn groups_of(count: usize, dice: &mut Dice) -> Vec<Vec<u32>> {
    let starts: Vec<usize> =
        LEVELS.iter().enumerate().map(|(level, share)| (count * share / 1000).max(level)).collect();
    let mut groups = Vec::with_capacity(count);
    for group in 0..count {
        let level = starts.iter().rposition(|start| *start <= group).unwrap_or(0);
        let mut parents = Vec::new();
        if level > 0 {
            let (from, to) = (starts[level - 1], starts[level]);
            for _ in 0..1 + dice.below(3) {
                parents.push((from + dice.below((to - from).max(1))) as u32);
            }
        }
        parents.sort_unstable();
        parents.dedup();
        groups.push(parents);
    }
    groups
}

fn user(groups: usize, dice: &mut Dice) -> User {
    let mut own: Vec<u32> = (0..1 + dice.below(5)).map(|_| dice.below(groups) as u32).collect();
    own.sort_unstable();
    own.dedup();
    User { groups: own, level: dice.below(10) as u8, enabled: dice.happens(0.97) }
}

fn thing(units: usize, dice: &mut Dice) -> Thing {
    Thing { unit: dice.below(units) as u32, tier: dice.below(3) as u8 }
}
