//! The policies: forbids that hold everywhere, roles, and what groups may do in units.

use super::dice::Dice;
use super::directory::Directory;

/// The actions that change nothing, each for contacts and servers.
pub const READING: [&str; 8] = [
    "Get-Object",
    "Set-Object",
    "Test-Object",
    "Lock-Object",
    "Move-Object",
    "Sync-Object",
    "Audit-Object",
    "Reset-Object",
];

/// The actions that change the state: a user joins a group, a contact is made, a group gets a grant.
pub const CHANGING: [&str; 3] = ["Join-Group", "New-Contact", "Grant-Unit"];

/// The conditions that policies have besides their scope; the first is none.
pub const CONDITIONS: [&str; 4] = [
    "",
    "principal.level >= 3",
    "context.urgent || context.count < 8",
    "resource has tier && resource.tier < 2 || resource has internal && !resource.internal",
];

/// The sets of actions that grants are about, as positions in [`READING`].
pub const ACTION_SETS: [&[usize]; 10] =
    [&[0], &[1], &[2], &[0, 1], &[0, 2, 6], &[3, 4], &[5], &[6, 7], &[1, 3, 5, 7], &[0, 1, 2, 3]];

/// What a group may do, or must not do.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The group.
    pub group: u32,
    /// The unit in which; everywhere if absent.
    pub unit: Option<u32>,
    /// The position of the actions in [`ACTION_SETS`].
    pub actions: usize,
    /// The position of the condition in [`CONDITIONS`].
    pub condition: usize,
    pub forbids: bool,
    /// Whether it is a link of a template, or else a policy.
    pub linked: bool,
}

impl Grant {
    /// Its id, where it is the grant of that number.
    pub fn id(&self, number: usize) -> String {
        let kind = if self.unit.is_none() { "role" } else { "grant" };
        format!("{kind}-{number}")
    }

    /// The id of the template that says the same of any group and unit.
    pub fn template(&self) -> String {
        template(self.forbids, self.actions, self.condition)
    }
}

/// The id of a template.
pub fn template(forbids: bool, actions: usize, condition: usize) -> String {
    format!("{}-{actions}-{condition}", if forbids { "deny" } else { "give" })
}

/// So many grants: one role for fifty, the others in units, some of them linked.
pub fn grants(directory: &Directory, policies: usize, linked: f64, dice: &mut Dice) -> Vec<Grant> {
    let roles = (2 + policies / 50).min(policies);
    let groups = directory.peopled;
    let mut grants: Vec<Grant> = (0..roles)
        .map(|role| Grant {
            group: dice.below((groups / 50).max(1)) as u32,
            unit: None,
            actions: dice.below(3),
            condition: role % 2,
            forbids: false,
            linked: false,
        })
        .collect();
    grants.extend((roles..policies).map(|_| Grant {
        group: dice.below(groups) as u32,
        unit: Some(dice.below(directory.units.len()) as u32),
        actions: dice.below(ACTION_SETS.len()),
        condition: if dice.happens(0.2) { 1 + dice.below(3) } else { 0 },
        forbids: dice.happens(0.08),
        linked: dice.happens(linked),
    }));
    grants
}
