//! The table for programs: `countersign.rights/1`.

use schemars::JsonSchema;
use serde::Serialize;

use super::super::conditions::{self, RequirementJson, named_rights, undecided};
use super::super::ground::Ground;
use crate::model::Plan;
use crate::policy::{Alternative, Undecided};
use crate::report::render::{Style, json};
use crate::rights::{Need, RightOnResource, Rights, StepRights, Today};

/// The rights that a plan needs, and who holds them.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Rights")]
struct RightsJson {
    /// Always `countersign.rights/1`.
    #[schemars(extend("const" = "countersign.rights/1"))]
    schema: &'static str,
    /// The plan's id.
    plan: String,
    /// In plan order.
    phases: Vec<PhaseJson>,
    /// In plan order.
    steps: Vec<StepJson>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Phase")]
struct PhaseJson {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    docs: Option<String>,
    /// One need where whoever meets it can do every step, else one for each group of steps.
    needs: Vec<NeedJson>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Need")]
struct NeedJson {
    /// Addresses.
    steps: Vec<String>,
    alternatives: Vec<AlternativeJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<String>,
    on_resources: Vec<OnResourceJson>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Alternative")]
struct AlternativeJson {
    /// Conditions on the principal that together suffice.
    requirements: Vec<RequirementJson>,
    /// The uids of those who meet them before the plan.
    holders: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OnResource")]
struct OnResourceJson {
    right: String,
    policy: String,
    resource: String,
    /// `held`, `given-in-plan` or `lacking`.
    today: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Step")]
struct StepJson {
    /// The address.
    id: String,
    /// Alternatives of conditions on the principal.
    alternatives: Vec<Vec<RequirementJson>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<String>,
    /// What suffices as the state is, where a right on the resource is lacking.
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<Vec<Vec<RequirementJson>>>,
    on_resource: Vec<OnResourceJson>,
    /// The permits that can allow it.
    permits: Vec<String>,
    /// What those permits call the right.
    rights: Vec<String>,
    /// The forbids that apply whoever does it, prerequisites aside.
    in_the_way: Vec<String>,
}

/// The JSON Schema of `countersign.rights/1`.
pub(in crate::cli) fn json_schema() -> serde_json::Value {
    schemars::schema_for!(RightsJson).to_value()
}

/// The whole as one object.
pub(super) fn table(ground: &Ground, plan: &Plan, rights: &Rights) -> String {
    let phases = rights.phases.iter().filter_map(|phase| {
        let described = plan.phases.get(phase.phase)?;
        Some(PhaseJson {
            id: described.id.clone(),
            title: described.title.clone(),
            docs: described.docs.clone(),
            needs: phase.needs.iter().map(|need| of_need(plan, need)).collect(),
        })
    });
    let steps = plan.steps.iter().zip(&rights.steps);
    json(&RightsJson {
        schema: "countersign.rights/1",
        plan: plan.id.clone(),
        phases: phases.collect(),
        steps: steps.map(|(step, found)| of_step(ground, &step.address, found)).collect(),
    })
}

fn of_need(plan: &Plan, need: &Need) -> NeedJson {
    let steps = need.steps.iter().filter_map(|at| plan.steps.get(*at));
    let alternatives = need.alternatives.iter().flatten().map(|(alternative, holders)| AlternativeJson {
        requirements: conditions::json(alternative),
        holders: holders.iter().map(ToString::to_string).collect(),
    });
    NeedJson {
        steps: steps.map(|step| step.address.clone()).collect(),
        alternatives: alternatives.collect(),
        undecided: why(&need.alternatives),
        on_resources: need.on_resources.iter().map(of_resource).collect(),
    }
}

fn of_step(ground: &Ground, address: &str, found: &StepRights) -> StepJson {
    let all = |alternatives: &Result<Vec<Alternative>, Undecided>| {
        alternatives.iter().flatten().map(conditions::json).collect()
    };
    StepJson {
        id: address.to_owned(),
        alternatives: all(&found.alternatives),
        undecided: why(&found.alternatives),
        instead: found.instead.as_ref().map(all),
        on_resource: found.on_resource.iter().map(of_resource).collect(),
        permits: found.permits.iter().cloned().collect(),
        rights: named_rights(&ground.bundle, &found.permits).into_iter().map(str::to_owned).collect(),
        in_the_way: found.in_the_way.iter().cloned().collect(),
    }
}

fn of_resource(right: &RightOnResource) -> OnResourceJson {
    OnResourceJson {
        right: right.right.clone(),
        policy: right.policy.clone(),
        resource: right.resource.to_string(),
        today: match right.today {
            Today::Held => "held",
            Today::GivenInPlan => "given-in-plan",
            Today::Lacking => "lacking",
        },
    }
}

fn why<T>(alternatives: &Result<T, Undecided>) -> Option<String> {
    alternatives.as_ref().err().map(|why| undecided(why, &Style::plain()))
}
