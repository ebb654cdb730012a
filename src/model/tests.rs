//! States against a naive account of the same changes.

use std::collections::{BTreeMap, BTreeSet};

use super::{BadHierarchy, Entity, EstateBuilder, Link, State, Uid, Value};

/// Numbers that look random and are the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

type World = BTreeMap<Uid, Entity>;

fn uid(number: usize) -> Uid {
    format!("{}::\"e{number}\"", ["A", "N::B"][number % 2]).parse().unwrap()
}

/// An entity whose parents have smaller numbers, so that there is no cycle.
fn entity(dice: &mut Dice, number: usize, known: &World) -> Entity {
    let mut entity = Entity::default();
    for _ in 0..dice.roll(3) {
        let parent = uid(dice.roll(number.max(1)));
        if number > 0 && known.contains_key(&parent) {
            entity.parents.insert(parent);
        }
    }
    entity.attributes = attributes(dice);
    entity.tags = attributes(dice);
    entity
}

fn attributes(dice: &mut Dice) -> BTreeMap<String, Value> {
    let count = dice.roll(4);
    (0..count).map(|_| (format!("a{}", dice.roll(5)), value(dice, 2))).collect()
}

fn value(dice: &mut Dice, depth: usize) -> Value {
    match dice.roll(if depth > 0 { 8 } else { 5 }) {
        0 => Value::Bool(dice.roll(2) == 0),
        1 => Value::Long(i64::try_from(dice.roll(1 << 20)).unwrap().pow(3) - (1 << 40)),
        2 => Value::Long(*[i64::MIN, i64::MAX, -1, 0].get(dice.roll(4)).unwrap()),
        3 => Value::Entity(uid(dice.roll(30))),
        4 => Value::String("ä".repeat(dice.roll(200)).into()),
        5 => Value::Unknown,
        6 => {
            let count = dice.roll(4);
            let elements: BTreeSet<Value> = (0..count).map(|_| value(dice, depth - 1)).collect();
            Value::Set(elements.into())
        }
        _ => {
            let count = dice.roll(4);
            Value::record((0..count).map(|at| (format!("f{at}"), value(dice, depth - 1))).collect::<Vec<_>>())
        }
    }
}

fn built(world: &World) -> State {
    let mut builder = EstateBuilder::new();
    for (uid, entity) in world.iter().rev() {
        builder.begin();
        for (name, value) in &entity.attributes {
            let name = builder.name(name);
            builder.field(name);
            builder.value(value);
        }
        builder.begin_tags();
        for (name, value) in &entity.tags {
            let name = builder.name(name);
            builder.field(name);
            builder.value(value);
        }
        let id = builder.id_of(uid);
        let mut parents = entity.parents.iter().map(|parent| builder.id_of(parent)).collect();
        builder.end(id, &mut parents);
    }
    builder.finish().unwrap()
}

fn inserted(world: &World) -> State {
    let mut state = State::default();
    world.iter().for_each(|(uid, entity)| state.insert(uid.clone(), entity.clone()));
    state
}

fn ancestors(world: &World, uid: &Uid) -> BTreeSet<Uid> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Uid> = world.get(uid).into_iter().flat_map(|entity| &entity.parents).collect();
    while let Some(next) = open.pop() {
        if found.insert(next.clone()) {
            open.extend(world.get(next).into_iter().flat_map(|entity| &entity.parents));
        }
    }
    found
}

fn assert_same(state: &State, world: &World) {
    assert_eq!(state.len(), world.len());
    let entities: World = state.entities().map(|(uid, entity)| (uid.clone(), entity.clone())).collect();
    assert_eq!(&entities, world);
    assert_eq!(state.uids().collect::<BTreeSet<_>>(), world.keys().collect());
    for number in 0..40 {
        let uid = uid(number);
        assert_eq!(state.contains(&uid), world.contains_key(&uid));
        let Some(id) = state.id(&uid) else {
            assert!(!world.contains_key(&uid));
            continue;
        };
        assert_eq!((state.uid(id), state.type_of(id)), (&uid, uid.type_name()));
        assert_eq!(state.name_of(id), uid.id().unescaped());
        let expected = ancestors(world, &uid);
        assert_eq!(state.ancestors(&uid).into_iter().cloned().collect::<BTreeSet<_>>(), expected);
        for other in (0..40).map(self::uid) {
            if let Some(other_id) = state.id(&other) {
                assert_eq!(state.is_in(id, other_id), other == uid || expected.contains(&other));
            }
        }
        let children = world.iter().filter(|(_, entity)| entity.parents.contains(&uid)).map(|(uid, _)| uid);
        assert_eq!(state.children(&uid).collect::<Vec<_>>(), children.collect::<Vec<_>>());
        for name in (0..5).map(|at| format!("a{at}")) {
            let record = world.get(&uid);
            let attribute = record.and_then(|entity| entity.attributes.get(&name)).cloned();
            assert_eq!(state.attribute_of(id, &name).map(|view| state.value(view)), attribute);
            let tag = record.and_then(|entity| entity.tags.get(&name)).cloned();
            assert_eq!(state.tag_of(id, &name).map(|view| state.value(view)), tag);
        }
    }
}

#[test]
fn a_state_is_what_its_changes_make_of_it() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..60 {
        let mut world = World::new();
        for number in 0..dice.roll(25) {
            let new = entity(&mut dice, number, &world);
            world.insert(uid(number), new);
        }
        let mut state = built(&world);
        assert_same(&state, &world);
        assert!(state == inserted(&world) && inserted(&world) == state);
        let (first, first_world) = (state.clone(), world.clone());
        for _ in 0..30 {
            let number = dice.roll(30);
            let uid = uid(number);
            match dice.roll(6) {
                0 => {
                    state.delete(&uid);
                    world.remove(&uid);
                    world.values_mut().for_each(|entity| {
                        entity.parents.remove(&uid);
                    });
                }
                1 => {
                    let new = entity(&mut dice, number, &world);
                    state.insert(uid.clone(), new.clone());
                    world.insert(uid, new);
                }
                2 => {
                    let parent = self::uid(dice.roll(number.max(1)));
                    if number > 0 && world.contains_key(&parent) {
                        state.join(&uid, &parent);
                        world.entry(uid).and_modify(|entity| {
                            entity.parents.insert(parent);
                        });
                    }
                }
                3 => {
                    let parent = self::uid(dice.roll(30));
                    state.leave(&uid, &parent);
                    world.entry(uid).and_modify(|entity| {
                        entity.parents.remove(&parent);
                    });
                }
                _ => {
                    let new = entity(&mut dice, number, &world);
                    state.update(&uid, |entity| *entity = new.clone());
                    world.entry(uid).and_modify(|entity| *entity = new);
                }
            }
            let apart = world.iter().chain(&first_world).map(|(uid, _)| uid);
            let apart = apart.filter(|uid| world.get(uid) != first_world.get(uid)).min();
            assert_eq!(state.first_difference(&first).as_ref(), apart);
            assert_eq!(state.same_world(&first), apart.is_none());
        }
        assert_same(&state, &world);
        assert_same(&first, &first_world);
        assert!(state == inserted(&world));
    }
}

#[test]
fn t041_a_hierarchy_that_is_none_is_refused_without_recursion() {
    // The first name of a process builds what all names are read with, and that needs more stack than this allows.
    let _ = uid(0);
    let chain = |length: usize, closed: bool| {
        let mut builder = EstateBuilder::new();
        for number in 0..length {
            builder.begin();
            let next = if number + 1 == length { 0 } else { number + 1 };
            let id = builder.id_of(&uid(2 * number));
            let mut parents = Vec::new();
            if next > 0 || closed {
                parents.push(builder.id_of(&uid(2 * next)));
            }
            builder.end(id, &mut parents);
        }
        builder.finish().map(|_| ()).map_err(|(bad, _)| bad)
    };
    let on_a_small_stack = std::thread::Builder::new().stack_size(64 << 10).spawn(move || {
        assert_eq!(chain(2_000, false), Ok(()));
        assert_eq!(chain(20_000, false), Err(BadHierarchy::Deep(19_999)));
        let Err(BadHierarchy::Cycle(edges)) = chain(20_000, true) else { panic!("a cycle is no hierarchy") };
        assert_eq!(edges.len(), 20_000);
    });
    on_a_small_stack.unwrap().join().unwrap();
}

#[test]
fn deleting_an_entity_takes_its_edges_and_links_along() {
    let (group, user) = (uid(0), uid(1));
    let mut state = State::default();
    state.insert(group.clone(), Entity::default());
    state.insert(user.clone(), Entity { parents: [group.clone()].into(), ..Entity::default() });
    let link = Link { template: "t".into(), principal: Some(group.clone()), resource: None };
    state.link(link, "l".into());
    let before = state.clone();
    state.delete(&group);
    assert!(state.entity(&user).unwrap().parents.is_empty());
    assert_eq!(state.links().count(), 0);
    assert_eq!(before.ancestors(&user).len(), 1);
}
