use proptest::prelude::*;

use super::super::{Figure, Limits, Omitted, Subject};
use super::*;
use crate::report::{Outcome, PhaseReport, Reasons, StepReport};

const ALL: Limits = Limits { nodes: 1000, edges: 100_000 };

/// A report of phases with so many steps each, and with needs from earlier steps to later ones.
fn report(phases: &[usize], needs: &[(usize, usize)]) -> crate::report::Report {
    let mut report = crate::report::render::tests::fixture::approved();
    let template: StepReport = StepReport { reasons: Reasons::default(), ..report.steps[0].clone() };
    report.phases = (0..phases.len())
        .map(|at| PhaseReport {
            id: format!("p{at}"),
            title: None,
            docs: None,
            needs: Vec::new(),
            outcome: Outcome::Allowed,
        })
        .collect();
    let addresses: Vec<(String, String)> = phases
        .iter()
        .enumerate()
        .flat_map(|(phase, steps)| {
            (0..*steps).map(move |step| (format!("p{phase}/s{step}"), format!("p{phase}")))
        })
        .collect();
    report.steps = Vec::new();
    for (at, (id, phase)) in addresses.iter().enumerate() {
        let before: Vec<usize> =
            needs.iter().filter(|(from, to)| *to == at && from < to).map(|(from, _)| *from).collect();
        let wave = before.iter().map(|from| report.steps[*from].wave).max().unwrap_or(0) + 1;
        report.steps.push(StepReport {
            id: id.clone(),
            phase: phase.clone(),
            wave,
            after: before.iter().map(|from| addresses[*from].0.clone()).collect(),
            ..template.clone()
        });
    }
    report
}

fn plans() -> impl Strategy<Value = (Vec<usize>, Vec<(usize, usize)>)> {
    let phases = proptest::collection::vec(0_usize..9, 1..6);
    phases.prop_flat_map(|phases| {
        let steps = phases.iter().sum::<usize>().max(1);
        (Just(phases), proptest::collection::vec((0..steps, 0..steps), 0..40))
    })
}

/// Says whether an upright or level piece of a route passes through the inside of a box.
fn passes((a, b): ((i64, i64), (i64, i64)), (x, y): (i64, i64)) -> bool {
    let (left, right) = (a.0.min(b.0), a.0.max(b.0));
    let (top, bottom) = (a.1.min(b.1), a.1.max(b.1));
    left < x + NODE.width && right > x && top < y + NODE.height && bottom > y
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn boxes_lie_apart_in_their_lanes_and_edges_lead_down_past_them((phases, needs) in plans()) {
        let report = report(&phases, &needs);
        let figure = Figure::of(&report, ALL);
        let layout = layout(&figure);
        let boxes: Vec<(usize, (i64, i64))> = figure
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| !matches!(node.subject, Subject::Joint))
            .map(|(at, _)| (at, layout.nodes[at]))
            .collect();
        for (at, (x, y)) in &boxes {
            for (other, (a, b)) in &boxes {
                let apart = (x - a).abs() >= NODE.width || (y - b).abs() >= NODE.height;
                prop_assert!(at == other || apart, "{at} and {other}");
            }
            let lane = layout.lanes[figure.nodes[*at].lane];
            prop_assert!(*x >= lane.x && x + NODE.width <= lane.x + lane.width);
            prop_assert!(*y >= lane.y && y + NODE.height <= lane.y + lane.height);
            prop_assert!(x + NODE.width <= layout.size.width && y + NODE.height <= layout.size.height);
        }
        for (at, one) in layout.lanes.iter().enumerate() {
            for other in layout.lanes.iter().skip(at + 1) {
                let beside = one.x + one.width <= other.x || other.x + other.width <= one.x;
                let below = one.y + one.height <= other.y || other.y + other.height <= one.y;
                prop_assert!(beside || below);
            }
        }
        for (edge, route) in figure.edges.iter().zip(&layout.routes) {
            let pieces: Vec<((i64, i64), (i64, i64))> = match route {
                Route::Curve { from, until, to } => {
                    prop_assert!(to.1 > *until && *until >= from.1);
                    vec![(*from, (from.0, *until))]
                }
                Route::Corners(points) => points.iter().copied().zip(points.iter().copied().skip(1)).collect(),
            };
            // The two lines of the title of a phase, and the names of the waves, stand in nobody's way.
            let area = figure.nodes.get(edge.to).and_then(|node| layout.lanes.get(node.lane));
            for ((from, to), area) in pieces.iter().zip(std::iter::repeat(area)) {
                let level = from.1 == to.1 && from.0 != to.0;
                let in_title = area.is_some_and(|area| (area.y..area.y + 34).contains(&from.1));
                prop_assert!(!(level && in_title), "{edge:?} runs through a title");
                prop_assert!(from.0 > 52 && to.0 > 52, "{edge:?} runs through the name of a wave");
            }
            for piece in pieces {
                for (at, place) in &boxes {
                    let own = *at == edge.from || *at == edge.to;
                    prop_assert!(own || !passes(piece, *place), "{edge:?} passes through {at}: {piece:?}");
                }
            }
        }
    }

    #[test]
    fn every_order_of_the_steps_is_drawn_and_none_besides((phases, needs) in plans()) {
        let report = report(&phases, &needs);
        let figure = Figure::of(&report, ALL);
        let number = figure.nodes.len();
        let mut drawn = vec![vec![false; number]; number];
        figure.edges.iter().for_each(|edge| drawn[edge.from][edge.to] = true);
        let mut wanted = vec![vec![false; number]; number];
        let node_of = |address: &str| {
            figure.nodes.iter().position(|node| matches!(node.subject, Subject::Step(step, _) if step.id == address))
        };
        for step in &report.steps {
            for before in &step.after {
                wanted[node_of(before).unwrap()][node_of(&step.id).unwrap()] = true;
            }
        }
        for reach in [&mut drawn, &mut wanted] {
            for via in 0..number {
                for a in 0..number {
                    for b in 0..number {
                        reach[a][b] |= reach[a][via] && reach[via][b];
                    }
                }
            }
        }
        let steps: Vec<usize> =
            (0..number).filter(|at| matches!(figure.nodes[*at].subject, Subject::Step(..))).collect();
        for a in &steps {
            for b in &steps {
                prop_assert_eq!(drawn[*a][*b], wanted[*a][*b]);
            }
        }
        for edge in &figure.edges {
            let (from, to) = (&figure.nodes[edge.from], &figure.nodes[edge.to]);
            let joins = matches!(from.subject, Subject::Joint) || matches!(to.subject, Subject::Joint);
            prop_assert!(from.layer < to.layer || (joins && from.layer == to.layer));
        }
    }

    #[test]
    fn the_critical_path_is_a_chain_as_long_as_the_last_wave((phases, needs) in plans()) {
        let report = report(&phases, &needs);
        let chain = Figure::of(&report, ALL).chain;
        prop_assert_eq!(chain.len(), report.steps.iter().map(|step| step.wave).max().unwrap_or(0));
        for (one, next) in chain.iter().zip(chain.iter().skip(1)) {
            prop_assert!(next.after.contains(&one.id));
        }
    }
}

#[test]
fn phases_in_which_all_is_well_are_drawn_whole_before_others() {
    let mut report = report(&[50, 30, 20], &[(49, 50), (79, 80)]);
    report.phases[0].outcome = Outcome::Denied;
    report.steps[3].outcome = Outcome::Denied;
    let omitted = |nodes| Figure::of(&report, Limits { nodes, edges: 1000 }).omitted;
    assert_eq!(omitted(100), Omitted::default());
    assert_eq!(omitted(99), Omitted { phases: 1, steps: 30, absent: 0 });
    assert_eq!(omitted(60), Omitted { phases: 2, steps: 50, absent: 0 });
    assert_eq!(omitted(10), Omitted { phases: 3, steps: 100, absent: 0 });
    assert_eq!(omitted(2), Omitted { phases: 2, steps: 80, absent: 1 });
}

#[test]
fn phases_that_wait_for_each_other_can_be_drawn_whole() {
    // p0/s0 before p1/s0 before p0/s1: neither phase is before the other.
    let mut report = report(&[2, 2], &[(0, 2)]);
    report.steps[1].after = vec!["p1/s0".to_owned()];
    report.steps[1].wave = 3;
    let figure = Figure::of(&report, Limits { nodes: 2, edges: 10 });
    assert_eq!((figure.nodes.len(), figure.edges.len()), (2, 2));
    let layout = layout(&figure);
    assert_eq!(layout.routes.len(), 2);
}
