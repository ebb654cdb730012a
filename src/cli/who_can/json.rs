//! Answers for programs: `countersign.who-can/1`.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

use super::super::conditions::{self, RequirementJson, named_rights, undecided};
use super::super::ground::Ground;
use crate::model::Uid;
use crate::report::render::{Style, json};
use crate::who_can::{Answer, Question, Reasons, WhyNot};

/// The `schema` of both forms.
const SCHEMA: &str = "countersign.who-can/1";

/// Everybody who may.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Everybody")]
struct AnswerJson {
    /// Always `countersign.who-can/1`.
    #[schemars(extend("const" = "countersign.who-can/1"))]
    schema: &'static str,
    /// The action's uid.
    action: String,
    /// The resource's uid.
    resource: String,
    /// The context, as Cedar writes it.
    context: String,
    /// What the context says without having been told.
    assumed: Vec<String>,
    /// How many principals were asked.
    considered: usize,
    /// How many may.
    count: usize,
    /// Who may, together with whoever may for the same reasons.
    ways: Vec<WayJson>,
    /// Of whom it cannot be said.
    unclear: Vec<UnclearJson>,
    /// The forbids that deny it to whoever asks.
    for_nobody: Vec<ForbidJson>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Way")]
struct WayJson {
    /// The uids, all of them, in order.
    principals: Vec<String>,
    #[serde(rename = "because")]
    reasons: ReasonsJson,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Reasons")]
struct ReasonsJson {
    /// The ids of the permits that apply.
    permits: Vec<String>,
    /// What the permits call the right.
    rights: Vec<String>,
    /// Memberships, from the principal's parent to the entity that a permit names.
    paths: Vec<Vec<String>>,
    /// Other conditions that hold, Cedar expressions.
    conditions: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Unclear")]
struct UnclearJson {
    principals: Vec<String>,
    why: String,
}

/// How it stands with one principal.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Standing")]
struct StandingJson {
    #[schemars(extend("const" = "countersign.who-can/1"))]
    schema: &'static str,
    action: String,
    resource: String,
    context: String,
    assumed: Vec<String>,
    principal: String,
    /// `yes`, `no` or `unclear`.
    may: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<ReasonsJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// The forbids that apply.
    forbids: Vec<ForbidJson>,
    /// Whether no permit applies.
    no_permit: bool,
    /// What a principal must be for a permit to apply: alternatives of conditions.
    would_permit: Vec<Vec<RequirementJson>>,
    /// Why the alternatives cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    undecided: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Forbid")]
struct ForbidJson {
    policy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

/// The JSON Schema of `countersign.who-can/1`, in both of its forms.
pub(in crate::cli) fn json_schema() -> serde_json::Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let forms = [generator.subschema_for::<AnswerJson>(), generator.subschema_for::<StandingJson>()];
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "WhoCan",
        "description": "Who may do an action to a resource; or, with `--why-not`, how it stands with one principal.",
        "anyOf": forms,
        "$defs": generator.take_definitions(true),
    })
}

/// Everybody who may, as one object.
pub(super) fn answer(ground: &Ground, question: &Question, answer: &Answer) -> String {
    json(&AnswerJson {
        schema: SCHEMA,
        action: question.action.to_string(),
        resource: question.resource.to_string(),
        context: question.context.to_string(),
        assumed: question.assumed.clone(),
        considered: answer.considered,
        count: answer.ways.iter().map(|way| way.principals.len()).sum(),
        ways: answer
            .ways
            .iter()
            .map(|way| WayJson { principals: texts(&way.principals), reasons: reasons(ground, &way.reasons) })
            .collect(),
        unclear: answer
            .unclear
            .iter()
            .map(|(why, principals)| UnclearJson { principals: texts(principals), why: why.clone() })
            .collect(),
        for_nobody: answer.for_nobody.iter().map(|id| forbid(ground, id)).collect(),
    })
}

/// How it stands with one principal, as one object.
pub(super) fn standing(ground: &Ground, question: &Question, who: &Uid, found: &WhyNot) -> String {
    json(&StandingJson {
        schema: SCHEMA,
        action: question.action.to_string(),
        resource: question.resource.to_string(),
        context: question.context.to_string(),
        assumed: question.assumed.clone(),
        principal: who.to_string(),
        may: match (&found.may, &found.unclear) {
            (Some(_), _) => "yes",
            (None, Some(_)) => "unclear",
            (None, None) => "no",
        },
        because: found.may.as_ref().map(|may| reasons(ground, may)),
        why: found.unclear.clone(),
        forbids: found.forbids.iter().map(|id| forbid(ground, id)).collect(),
        no_permit: found.no_permit,
        would_permit: found.would_permit.iter().flatten().map(conditions::json).collect(),
        undecided: found.would_permit.as_ref().err().map(|why| undecided(why, &Style::plain())),
    })
}

fn forbid(ground: &Ground, id: &str) -> ForbidJson {
    let annotation = |key: &str| Some(ground.bundle.policy_of(id)?.annotation(key)?.to_owned());
    ForbidJson { policy: id.to_owned(), title: annotation("title"), remedy: annotation("remedy") }
}

fn reasons(ground: &Ground, reasons: &Reasons) -> ReasonsJson {
    ReasonsJson {
        permits: reasons.permits.iter().cloned().collect(),
        rights: named_rights(&ground.bundle, &reasons.permits).into_iter().map(str::to_owned).collect(),
        paths: reasons.paths.iter().map(|path| texts(path)).collect(),
        conditions: reasons.conditions.iter().cloned().collect(),
    }
}

fn texts(uids: &[Uid]) -> Vec<String> {
    uids.iter().map(ToString::to_string).collect()
}
