//! Plain Cedar: every policy on every request.

use std::collections::HashMap;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicyId, PolicySet, Request, Schema, SlotId,
};
use serde_json::Value;

use crate::answer::Answer;
use crate::big_world::{BigWorld, texts};

pub struct Cedar {
    policies: PolicySet,
    entities: Entities,
    authorizer: Authorizer,
    requests: Vec<Request>,
}

pub fn schema() -> Schema {
    Schema::from_cedarschema_str(texts::SCHEMA).expect("the schema is valid").0
}

pub fn uid(kind: &str, id: &str) -> EntityUid {
    format!("{}::{kind}::\"{id}\"", texts::NAMESPACE).parse().expect("a uid of the world")
}

impl Cedar {
    /// For so many requests, the first of the plan.
    pub fn new(world: &BigWorld, requests: usize) -> Self {
        let mut text = Vec::new();
        world.write_cedar_entities(&mut text).expect("memory takes everything");
        let text = String::from_utf8(text).expect("a world is text");
        let entities = Entities::from_json_str(&text, Some(&schema())).expect("the entities are valid");
        let requests = (0..requests).map(|number| request(world, number)).collect();
        Self { policies: policies(world), entities, authorizer: Authorizer::new(), requests }
    }

    pub fn answer(&self, number: usize) -> Answer {
        let answer = self.authorizer.is_authorized(&self.requests[number], &self.policies, &self.entities);
        let determining = answer.diagnostics().reason().count();
        Answer { allowed: answer.decision() == Decision::Allow, determining: Some(determining) }
    }
}

fn request(world: &BigWorld, number: usize) -> Request {
    let (action, kind, id, context) = texts::request(world, number);
    let context = Context::from_json_str(&context, None).expect("a context of the world");
    let principal = uid("User", &texts::user(world.steps[number].actor));
    Request::new(principal, uid("Action", action), uid(kind, &id), context, None).expect("a request")
}

fn policies(world: &BigWorld) -> PolicySet {
    let mut policies: PolicySet = world.policies().parse().expect("the policies are valid");
    let templates: HashMap<String, PolicyId> = policies
        .templates()
        .filter_map(|template| Some((template.annotation("id")?.to_owned(), template.id().clone())))
        .collect();
    let links: Value = serde_json::from_str(&world.links()).expect("the links are JSON");
    for link in links.as_array().into_iter().flatten() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let slot = |name: &str| text(&link["args"][name]).parse().expect("a uid of the world");
        let values = HashMap::from([
            (SlotId::principal(), slot("?principal")),
            (SlotId::resource(), slot("?resource")),
        ]);
        let template = templates[&text(&link["template_id"])].clone();
        policies.link(template, PolicyId::new(text(&link["link_id"])), values).expect("a link");
    }
    policies
}
