//! Threats of structure: cycles, races, nothing at all, and what comes too late.

mod cli_support;
mod gate_support;

use std::collections::BTreeMap;

use cli_support::World;
use gate_support::{Case, Judged, judge, judge_one, plan};

/// The edges of a digraph of so many nodes, by the bits of a number: `(from, to)`, both from 1.
fn edges(nodes: usize, bits: usize) -> Vec<(usize, usize)> {
    let pairs = (1..=nodes).flat_map(|from| (1..=nodes).map(move |to| (from, to)));
    pairs
        .filter(|(from, to)| from != to)
        .enumerate()
        .filter(|(bit, _)| bits >> bit & 1 == 1)
        .map(|(_, pair)| pair)
        .collect()
}

/// Whether every node can be reached back to by none of its own edges: Kahn's algorithm.
fn is_acyclic(nodes: usize, edges: &[(usize, usize)]) -> bool {
    let mut left: Vec<usize> = (1..=nodes).collect();
    loop {
        let free = |node: &usize| !edges.iter().any(|(from, to)| to == node && left.contains(from));
        let Some(position) = left.iter().position(free) else { return left.is_empty() };
        left.remove(position);
    }
}

/// A plan of steps that each wait for those with an edge to them.
fn with_edges(steps: &[(&str, &str, &str)], edges: &[(usize, usize)]) -> String {
    let needs: Vec<Vec<usize>> = (1..=steps.len())
        .map(|step| edges.iter().filter(|(_, to)| *to == step).map(|(from, _)| *from).collect())
        .collect();
    let steps: Vec<_> = steps
        .iter()
        .zip(&needs)
        .map(|((by, action, target), needs)| (*by, *action, *target, needs.as_slice()))
        .collect();
    plan(&steps)
}

#[test]
fn t063_exactly_the_acyclic_orders_are_accepted() {
    for nodes in 1..=4 {
        let steps = vec![("sam", "Look", "front"); nodes];
        let graphs: Vec<_> = (0..1 << (nodes * (nodes - 1))).map(|bits| edges(nodes, bits)).collect();
        // Those that are refused share one list of messages, so they are judged by themselves.
        let (acyclic, cyclic): (Vec<_>, Vec<_>) =
            graphs.into_iter().partition(|edges| is_acyclic(nodes, edges));
        let plans: Vec<String> = acyclic.iter().map(|edges| with_edges(&steps, edges)).collect();
        assert!(judge(&Case::default(), &plans).iter().all(Judged::is_approved), "{nodes} nodes");
        let plans: Vec<String> = cyclic.iter().map(|edges| with_edges(&steps, edges)).collect();
        if !plans.is_empty() {
            assert!(
                judge(&Case::default(), &plans).iter().all(|judged| judged.refused_for("cycle")),
                "{nodes} nodes"
            );
        }
        let known = [1, 3, 25, 543];
        assert_eq!(acyclic.len(), known[nodes - 1], "acyclic digraphs of {nodes} labelled nodes");
    }
    for needs in ["needs: [s1]", "needs: [s9]", "needs: [b/s1]", "needs: [b]"] {
        let text = plan(&[("sam", "Look", "front", &[])]).replace("needs: []", needs);
        assert!(matches!(judge_one(&Case::default(), &text), Judged::Refused(_)), "{needs}");
    }
}

/// All orders of so many steps.
fn permutations(steps: usize) -> Vec<Vec<usize>> {
    let mut orders = vec![Vec::new()];
    for step in 1..=steps {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |position| {
                    let mut order = order.clone();
                    order.insert(position, step);
                    order
                })
            })
            .collect();
    }
    orders
}

#[test]
fn t064_a_plan_is_approved_where_every_order_of_it_is_and_all_lead_to_one_world() {
    let steps = [
        ("paul", "Give sam", "keys"),
        ("paul", "Take sam", "keys"),
        ("sam", "Use", "front"),
        ("dana", "Use", "front"),
    ];
    let runs = permutations(steps.len());
    let chains: Vec<String> = runs
        .iter()
        .map(|run| with_edges(&steps, &run.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>()))
        .collect();
    let judged = judge(&Case::default(), &chains);
    let by_run: BTreeMap<&Vec<usize>, &Judged> = runs.iter().zip(&judged).collect();
    // Giving and taking the same do not commute; everything else here does.
    let orders: Vec<_> =
        (0..1 << 12).map(|bits| edges(4, bits)).filter(|edges| is_acyclic(4, edges)).collect();
    let plans: Vec<String> = orders.iter().map(|edges| with_edges(&steps, edges)).collect();
    let mut approved = 0;
    for (edges, judged) in orders.iter().zip(judge(&Case::default(), &plans)) {
        let respects = |run: &&&Vec<usize>| {
            let place = |step: usize| run.iter().position(|found| *found == step);
            edges.iter().all(|(from, to)| place(*from) < place(*to))
        };
        let of_plan: Vec<_> = by_run.iter().filter(|(run, _)| respects(run)).collect();
        let before =
            |run: &[usize]| run.iter().position(|step| *step == 1) < run.iter().position(|step| *step == 2);
        let conflict =
            of_plan.iter().any(|(run, _)| before(run)) && of_plan.iter().any(|(run, _)| !before(run));
        let expected = of_plan.iter().all(|(_, judged)| judged.is_approved()) && !conflict;
        assert_eq!(judged.is_approved(), expected, "{edges:?}");
        assert_eq!(!judged.found("conflicting-changes").is_empty(), conflict, "{edges:?}");
        approved += usize::from(expected);
    }
    assert!(approved > 0 && approved < orders.len(), "{approved} of {}", orders.len());
}

#[test]
fn t065_nothing_judged_is_nothing_passed() {
    let world = World::new();
    for (phases, code) in [
        ("phases:\n  - { id: a, steps: [] }\n", 3),
        ("phases:\n  - { id: a, steps: [] }\n  - { id: b, needs: [a], steps: [] }\n", 3),
        ("phases: []\n", 3),
        ("", 2),
        ("phases:\n  - { id: a, enabled: false, steps: [] }\n", 2),
        (
            "phases:\n  - { id: a, by: 'User::\"dana\"', steps: [{ id: s, do: view, target: 'Doc::\"x\"', enabled: false }] }\n",
            2,
        ),
        (
            "phases:\n  - { id: a, by: 'User::\"dana\"', steps: [{ id: s, do: view, target: 'Doc::\"x\"', skip: true }] }\n",
            2,
        ),
    ] {
        world.write("p.yaml", format!("schema: countersign.plan/1\nid: P\n{phases}"));
        assert_eq!(world.check(&["p.yaml"]).status.code(), Some(code), "{phases}");
    }
    for flag in ["--only", "--skip", "--filter", "--allow-empty", "--no-fail", "--soft-fail"] {
        assert_eq!(world.check(&[flag, "a/s", "approved.yaml"]).status.code(), Some(2), "{flag}");
    }
    assert_eq!(world.check(&["empty.yaml", "approved.yaml"]).status.code(), Some(3), "one of two is empty");
    assert_eq!(
        world.check(&["empty.yaml", "rejected.yaml"]).status.code(),
        Some(1),
        "one of two is rejected"
    );
}

#[test]
fn t066_what_allows_a_step_comes_before_it_in_every_order() {
    let late = plan(&[("sam", "Use", "front", &[]), ("paul", "Give sam", "keys", &[1])]);
    let beside = plan(&[("sam", "Use", "front", &[]), ("paul", "Give sam", "keys", &[])]);
    let early = plan(&[("sam", "Use", "front", &[2]), ("paul", "Give sam", "keys", &[])]);
    let judged = judge(&Case::default(), &[late, beside, early]);
    let outcomes: Vec<&str> = judged.iter().map(|judged| judged.outcome("a/s1")).collect();
    assert_eq!(outcomes, ["denied", "order-dependent", "allowed"]);
    assert_eq!(judged.iter().map(Judged::is_approved).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn t067_steps_that_undo_are_judged_as_all_others() {
    let undone = plan(&[
        ("paul", "Give sam", "keys", &[]),
        ("sam", "Use", "front", &[1]),
        ("mia", "Take sam", "keys", &[2]),
    ]);
    let judged = judge_one(&Case::default(), &undone);
    assert_eq!(
        (judged.outcome("a/s3"), judged.is_approved()),
        ("denied", false),
        "mia may give and not take"
    );
    assert!(judge_one(&Case::default(), &undone.replace("User::\"mia\"", "User::\"paul\"")).is_approved());
}
