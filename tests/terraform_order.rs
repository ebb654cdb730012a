//! The order of an imported plan has an edge wherever Terraform's own graph has one.
//!
//! The fixtures have one resource for each form in which one thing can wait for another; the edges were
//! written down by hand.

mod terraform_support;

use std::collections::BTreeSet;

use terraform_support::{edges, imported};

fn expected(lines: &str) -> BTreeSet<String> {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_form_of_reference_is_an_edge_and_nothing_else_is() {
    // `unchanged` and `data.toy_lookup.now` are not in the plan's steps; what waits for them waits for what they
    // wait for. A reference to one instance of a module is one to the module.
    let by_hand = "
        toy_base.main.create < toy_thing.attribute.create
        toy_base.main.create < toy_thing.block.create
        toy_base.main.create < toy_thing.listed.create
        toy_base.main.create < toy_thing.counted-0.create
        toy_base.main.create < toy_thing.keyed-a.b.create
        toy_base.main.create < toy_thing.provisioned.create
        toy_base.main.create < data.toy_lookup.later.read
        data.toy_lookup.later.read < toy_thing.from_data.create
        toy_base.main.create < toy_thing.through_unchanged.create
        toy_base.main.create < toy_thing.through_read_data.create
        toy_many.n-0.create < toy_thing.one_of_many.create
        toy_many.n-0.create < toy_thing.all_of_many.create
        toy_many.n-1.create < toy_thing.all_of_many.create
        toy_many.n-0.create < toy_thing.some_of_many.create
        toy_many.n-1.create < toy_thing.some_of_many.create
        toy_base.main.create < module.child/toy_part.uses_input.create
        module.child/toy_part.alone.create < module.child.module.inner/toy_part.deep.create
        module.child/toy_part.uses_input.create < toy_thing.from_output.create
        module.child.module.inner/toy_part.deep.create < toy_thing.from_deep_output.create
        module.child/toy_part.uses_input.create < toy_thing.after_module.create
        module.child/toy_part.alone.create < toy_thing.after_module.create
        module.child/other_part.inherits.create < toy_thing.after_module.create
        module.child.module.inner/toy_part.deep.create < toy_thing.after_module.create
        module.child/toy_part.uses_input.create < toy_thing.whole_module.create
        module.child/toy_part.alone.create < toy_thing.whole_module.create
        module.child/other_part.inherits.create < toy_thing.whole_module.create
        module.child.module.inner/toy_part.deep.create < toy_thing.whole_module.create
        toy_base.main.create < module.waits/toy_part.inside.create
        toy_base.main.create < module.waits.module.inner/toy_part.deeper.create
        toy_base.main.create < module.counted-0/toy_part.p.create
        toy_base.main.create < module.counted-1/toy_part.p.create
        module.counted-0/toy_part.p.create < toy_thing.from_one_instance.create
        module.counted-1/toy_part.p.create < toy_thing.from_one_instance.create
        toy_base.main.create < toy_thing.from_one_instance.create
        toy_base.main.create < other_thing.by_provider.create
        toy_base.main.create < module.child/other_part.inherits.create
    ";
    let plan = imported("references.json");
    assert_eq!(edges(&plan), expected(by_hand));
    let unknown = plan.fidelity.unknown.iter().map(|remark| remark.text.as_str());
    let unknown: Vec<&str> = unknown.filter(|text| !text.ends_with("when it is applied")).collect();
    assert_eq!(
        unknown,
        ["what the local value `where` is made of is not in the plan, so there is no order by it"]
    );
}

#[test]
fn deletions_go_against_the_references() {
    let by_hand = "
        toy_gone.user.delete < toy_gone.base.delete
        toy_gone.base.delete < toy_stays.user.update
        toy_new.base.delete < toy_new.base.create
        toy_new.base.create < toy_new.user.update
        toy_new.base.delete < toy_new.user.update
        toy_both.base.delete < toy_both.base.create
        toy_both.user.delete < toy_both.user.create
        toy_both.user.delete < toy_both.base.delete
        toy_both.user.delete < toy_both.base.create
        toy_both.base.create < toy_both.user.create
        toy_both.base.delete < toy_both.user.create
        toy_first.base.create < toy_first.base.delete
        toy_first.base.create < toy_first.user.update
        toy_first.user.update < toy_first.base.delete
        toy_changed.user.delete < toy_changed.base.update
        toy_left.over.update < toy_left.over.deposed-ab12cd34.delete
        toy_host.main.create < other_thing.gone.delete
        module.each-a/toy_pair.user.delete < module.each-a/toy_pair.base.delete
        module.each-b/toy_pair.user.delete < module.each-b/toy_pair.base.delete
        toy_moved.to.move < toy_moved.to.update
        toy_taken.over.import < toy_taken.over.update
    ";
    let plan = imported("deletions.json");
    assert_eq!(edges(&plan), expected(by_hand));
    let steps: Vec<String> = plan
        .plan
        .phases
        .iter()
        .flat_map(|phase| phase.steps.iter())
        .map(|step| step.id.value.clone())
        .collect();
    assert!(
        ["toy_taken.as_is.import", "toy_forgotten.x.forget"]
            .iter()
            .all(|id| steps.iter().any(|step| step == id)),
        "{steps:?}"
    );
    assert!(!steps.iter().any(|step| step.ends_with("no-op")), "{steps:?}");
}

#[test]
fn modules_are_phases_and_every_step_stands_where_the_plan_has_it() {
    let plan = imported("references.json");
    let phases: Vec<&str> = plan.plan.phases.iter().map(|phase| phase.id.value.as_str()).collect();
    assert_eq!(
        phases,
        [
            "root",
            "module.child",
            "module.child.module.inner",
            "module.waits",
            "module.waits.module.inner",
            "module.counted-0",
            "module.counted-1"
        ]
    );
    let text = terraform_support::fixture("references.json");
    for step in plan.plan.phases.iter().flat_map(|phase| phase.steps.iter()) {
        let address = text.get(step.target.span.range()).unwrap_or_default();
        let target = format!("Resource::{}", address);
        assert_eq!(step.target.value, target);
    }
}
