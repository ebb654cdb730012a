//! The same world written down in another order.

use super::world::World;

/// Reorders everything whose order means nothing; `seed` decides how.
pub fn shuffled(world: &World, seed: u64) -> World {
    let mut dice = Dice(seed);
    let mut world = world.clone();
    dice.shuffle(&mut world.entities);
    dice.shuffle(&mut world.policies);
    dice.shuffle(&mut world.links);
    dice.shuffle(&mut world.operations);
    dice.shuffle(&mut world.phases);
    for phase in &mut world.phases {
        dice.shuffle(&mut phase.needs);
        if !phase.listed {
            dice.shuffle(&mut phase.steps);
        }
        for step in &mut phase.steps {
            dice.shuffle(&mut step.needs);
        }
    }
    world.layout.estate_split = Some(dice.below(world.entities.len() + 1));
    world.layout.policy_split = Some(dice.below(world.policies.len() + 1));
    world.layout.reversed = dice.below(2) == 1;
    world
}

/// A small generator of numbers (SplitMix64), so that a seed is all that a failure needs.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as usize % count.max(1)
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
