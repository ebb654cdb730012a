//! The reference judge: semantics.md read literally, with nothing but the public `cedar_policy` crate.
//!
//! It is slow and says so: every question gets the whole state and the whole policy set. Section
//! numbers are those of semantics.md. Sections 4 and 5 are in [`super::orders`] and [`super::authority`].

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{
    Authorizer, Context, Decision, Effect, Entities, Entity, Expression, Policy, PolicyId, PolicySet,
    Request, Response, RestrictedExpression, Schema, Template, eval_expression,
};

use super::cedar::{entities_of, expression, literals, slots, uid, value_of};
use super::world::{Change, ChangeKind, Level, Link, Place, Record, Uid, Value, World};

/// The world at some point of a run: entities, and links with the id that each is reported under.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    pub entities: BTreeMap<Uid, Record>,
    pub links: BTreeMap<Link, String>,
}

/// A step of the plan, as one Cedar request and the operation that it does.
#[derive(Clone, Debug)]
pub struct PlanStep {
    pub address: String,
    pub wave: usize,
    pub principal: Uid,
    pub operation: String,
    pub resource: Uid,
    pub context: BTreeMap<String, Value>,
}

/// What one state says of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// `allow`, `deny`, `indeterminate`, `missing` or `inapplicable`.
    pub decision: &'static str,
    pub determining: BTreeSet<String>,
    /// Every policy whose evaluation failed.
    pub errors: BTreeSet<String>,
    /// The policies of the warnings: permits that failed, and advisory forbids that apply or failed.
    pub warnings: BTreeSet<String>,
}

/// Which policies take part in a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policies {
    All,
    /// Prerequisites left aside, as section 5 asks.
    Rights,
}

/// A change that cannot be made, and why.
pub type Inapplicable = String;

/// A world with its plan ordered and its schema parsed.
pub struct Reference<'a> {
    pub world: &'a World,
    pub schema: Schema,
    /// In plan order: by wave, ties by address.
    pub steps: Vec<PlanStep>,
    /// For each step, the steps that come before it in every run.
    pub ancestors: Vec<BTreeSet<usize>>,
    /// For each level, all policies and those without prerequisites; templates without links.
    sets: Vec<(Level, Policies, PolicySet)>,
}

impl<'a> Reference<'a> {
    pub fn new(world: &'a World) -> Self {
        let schema = Schema::from_cedarschema_str(&world.schema).expect("worlds have a valid schema").0;
        let before = before(world);
        let mut steps: Vec<PlanStep> = Vec::new();
        for phase in &world.phases {
            for step in &phase.steps {
                let address = format!("{}/{}", phase.id, step.id);
                let principal =
                    step.by.clone().or_else(|| phase.by.clone()).expect("somebody does every step");
                let (operation, resource) = (step.operation.clone(), step.target.clone());
                let wave = wave(&address, &before);
                steps.push(PlanStep {
                    address,
                    wave,
                    principal,
                    operation,
                    resource,
                    context: step.context.clone(),
                });
            }
        }
        steps.sort_by(|left, right| (left.wave, &left.address).cmp(&(right.wave, &right.address)));
        let place =
            |address: &String| steps.iter().position(|step| step.address == *address).expect("a step");
        let ancestors = steps.iter().map(|step| before[&step.address].iter().map(place).collect()).collect();
        Self { world, schema, steps, ancestors, sets: policy_sets(world) }
    }

    /// The given estate with the bundle's links.
    pub fn initial(&self) -> State {
        let links = self.world.links.iter().map(|(id, link)| (link.clone(), id.clone())).collect();
        State { entities: self.world.entities.iter().cloned().collect(), links }
    }

    /// The state in which exactly the ancestors of a step have run, in plan order.
    pub fn state_before(&self, step: usize) -> State {
        let mut state = self.initial();
        for ancestor in &self.ancestors[step] {
            state = self.after(&state, *ancestor);
        }
        state
    }

    /// Section 2: the decision of a step in a state.
    pub fn decide(&self, state: &State, step: usize) -> Decided {
        let undecided = |decision| Decided {
            decision,
            determining: BTreeSet::new(),
            errors: BTreeSet::new(),
            warnings: BTreeSet::new(),
        };
        // Rule 1: the closed world.
        if !self.entities_of_request(step).iter().all(|uid| self.exists(state, uid)) {
            return undecided("missing");
        }
        let mut decided = self.rule(state, step, Policies::All);
        // Rule 8: what is allowed must be possible.
        if decided.decision == "allow" && self.changed(state, step).is_err() {
            decided.decision = "inapplicable";
            decided.determining.clear();
        }
        decided
    }

    /// Section 2, rules 3 to 7.
    pub fn rule(&self, state: &State, step: usize, policies: Policies) -> Decided {
        let cedar = self.entities(state);
        let request = self.request(step);
        let ask = |set: &PolicySet| Authorizer::new().is_authorized(&request, set, &cedar);
        let answers: Vec<(Level, Answer)> = [Level::Hard, Level::Soft, Level::Advisory]
            .into_iter()
            .map(|level| {
                let (set, names) = self.policy_set(state, level, policies);
                (level, Answer::new(&ask(&set), &names))
            })
            .collect();
        let of = |wanted: Level| &answers.iter().find(|(level, _)| *level == wanted).expect("one of three").1;
        let (decisive, soft, advisory) = (of(Level::Hard), of(Level::Soft), of(Level::Advisory));
        let is_permit = |id: &&String| self.effect_of(id) == Effect::Permit;
        let failed_permits: BTreeSet<String> = decisive.errors.iter().filter(is_permit).cloned().collect();
        let soft_applies: BTreeSet<String> = soft.reasons.union(&soft.errors).cloned().collect();
        let errors = answers.iter().flat_map(|(_, answer)| answer.errors.clone()).collect();
        let advice = advisory.reasons.union(&advisory.errors).cloned();
        let warnings = failed_permits.iter().cloned().chain(advice).collect();
        let (decision, determining) = if failed_permits.len() < decisive.errors.len() {
            // Rule 4: a hard forbid that fails blocks, whatever Cedar says.
            ("indeterminate", BTreeSet::new())
        } else if !decisive.allowed {
            ("deny", decisive.reasons.union(&soft_applies).cloned().collect())
        } else if !soft_applies.is_empty() {
            // Rule 5: there are no overrides in these worlds.
            ("deny", soft_applies)
        } else {
            ("allow", decisive.reasons.clone())
        };
        Decided { decision, determining, errors, warnings }
    }

    /// The state after a step, allowed or not; what cannot be made is not made.
    pub fn after(&self, state: &State, step: usize) -> State {
        self.changed(state, step).unwrap_or_else(|_| state.clone())
    }

    /// Section 3: the changes of a step, all or none.
    pub fn changed(&self, state: &State, step: usize) -> Result<State, Inapplicable> {
        let cedar = self.entities(state);
        let mut next = state.clone();
        for change in self.world.changes(&self.steps[step].operation) {
            if self.applies(&cedar, step, change)? {
                self.make(&cedar, &mut next, step, &change.kind)?;
            }
        }
        self.conforms(&next)?;
        Ok(next)
    }

    /// Says whether a change's `when` lets it do anything.
    pub fn applies(&self, cedar: &Entities, step: usize, change: &Change) -> Result<bool, Inapplicable> {
        match &change.when {
            None => Ok(true),
            Some(when) => Ok(self.evaluate(cedar, step, when)? == Value::Bool(true)),
        }
    }

    /// Makes one change; `cedar` is the state before the step, `next` what the step made so far.
    pub fn make(
        &self,
        cedar: &Entities,
        next: &mut State,
        step: usize,
        kind: &ChangeKind,
    ) -> Result<(), Inapplicable> {
        let value = |text: &String| self.evaluate(cedar, step, text);
        let entity = |text: &String| self.entity(cedar, step, text);
        match kind {
            ChangeKind::Create { parents, attrs, tags, .. } => {
                let uid = self.created(cedar, step, kind)?;
                if self.exists(next, &uid) {
                    return Err(format!("{uid} exists"));
                }
                let fields = |fields: &[(String, String)]| -> Result<BTreeMap<String, Value>, Inapplicable> {
                    fields.iter().map(|(name, text)| Ok((name.clone(), value(text)?))).collect()
                };
                let parents: BTreeSet<Uid> = parents.iter().map(entity).collect::<Result<_, _>>()?;
                let record = Record { parents, attrs: fields(attrs)?, tags: fields(tags)? };
                record.parents.iter().try_for_each(|parent| self.need(next, parent))?;
                record
                    .attrs
                    .values()
                    .chain(record.tags.values())
                    .try_for_each(|value| self.need_all(next, value))?;
                next.entities.insert(uid, record);
            }
            ChangeKind::Delete(text) => {
                let uid = entity(text)?;
                self.need(next, &uid)?;
                next.entities.remove(&uid);
                for record in next.entities.values_mut() {
                    record.parents.remove(&uid);
                }
                next.links.retain(|link, _| {
                    link.principal.as_ref() != Some(&uid) && link.resource.as_ref() != Some(&uid)
                });
            }
            ChangeKind::Join(child, parent) => {
                let (child, parent) = (entity(child)?, entity(parent)?);
                self.need(next, &child)?;
                self.need(next, &parent)?;
                if child == parent || ancestors(next, &parent).contains(&child) {
                    return Err(format!("{child} in {parent} would close a cycle"));
                }
                next.entities.get_mut(&child).expect("it has a record").parents.insert(parent);
            }
            ChangeKind::Leave(child, parent) => {
                let (child, parent) = (entity(child)?, entity(parent)?);
                self.need(next, &child)?;
                self.need(next, &parent)?;
                next.entities.get_mut(&child).expect("it has a record").parents.remove(&parent);
            }
            ChangeKind::Link(..) | ChangeKind::Unlink(..) => self.make_link(cedar, next, step, kind)?,
            ChangeKind::Set(text, place, _)
            | ChangeKind::Unset(text, place)
            | ChangeKind::Add(text, place, _)
            | ChangeKind::Remove(text, place, _) => {
                let uid = entity(text)?;
                let new = match kind {
                    ChangeKind::Set(_, _, text)
                    | ChangeKind::Add(_, _, text)
                    | ChangeKind::Remove(_, _, text) => Some(value(text)?),
                    _ => None,
                };
                self.need(next, &uid)?;
                if !matches!(kind, ChangeKind::Remove(..)) {
                    new.iter().try_for_each(|value| self.need_all(next, value))?;
                }
                let record = next.entities.get_mut(&uid).expect("it has a record");
                change_place(record, place, kind, new);
            }
        }
        Ok(())
    }

    fn make_link(
        &self,
        cedar: &Entities,
        next: &mut State,
        step: usize,
        kind: &ChangeKind,
    ) -> Result<(), Inapplicable> {
        let (ChangeKind::Link(template, principal, resource)
        | ChangeKind::Unlink(template, principal, resource)) = kind
        else {
            return Ok(());
        };
        let argument =
            |text: &Option<String>| text.as_ref().map(|text| self.entity(cedar, step, text)).transpose();
        let link = Link {
            template: template.clone(),
            principal: argument(principal)?,
            resource: argument(resource)?,
        };
        link.principal.iter().chain(&link.resource).try_for_each(|uid| self.need(next, uid))?;
        if matches!(kind, ChangeKind::Unlink(..)) {
            next.links.remove(&link);
        } else {
            next.links.entry(link).or_insert_with(|| format!("{template}@{}", self.steps[step].address));
        }
        Ok(())
    }

    /// The entity that a create is for.
    pub fn created(&self, cedar: &Entities, step: usize, kind: &ChangeKind) -> Result<Uid, Inapplicable> {
        let ChangeKind::Create { kind, id, .. } = kind else { return Err("no create".to_owned()) };
        let kind = if kind.contains("::") { kind.clone() } else { self.world.qualified(kind) };
        match self.evaluate(cedar, step, id)? {
            Value::Text(id) => Ok(Uid { kind, id }),
            other => Err(format!("{other:?} is no text")),
        }
    }

    /// The entities of the parents that a create names.
    pub fn created_parents(&self, cedar: &Entities, step: usize, kind: &ChangeKind) -> Vec<Uid> {
        let ChangeKind::Create { parents, .. } = kind else { return Vec::new() };
        parents.iter().filter_map(|text| self.entity(cedar, step, text).ok()).collect()
    }

    fn entity(&self, cedar: &Entities, step: usize, text: &str) -> Result<Uid, Inapplicable> {
        match self.evaluate(cedar, step, text)? {
            Value::Entity(uid) => Ok(uid),
            other => Err(format!("{other:?} is no entity")),
        }
    }

    fn evaluate(&self, cedar: &Entities, step: usize, text: &str) -> Result<Value, Inapplicable> {
        let expression: Expression = text.parse().expect("expressions of the catalogue parse");
        eval_expression(&self.request(step), cedar, &expression)
            .map(value_of)
            .map_err(|error| error.to_string())
    }

    /// What exists: what has a record, what the schema lists, and actions.
    pub fn exists(&self, state: &State, uid: &Uid) -> bool {
        let is_action = |uid: &Uid| uid.kind == self.world.qualified("Action");
        state.entities.contains_key(uid) || self.world.listed.contains(uid) || is_action(uid)
    }

    fn need(&self, state: &State, uid: &Uid) -> Result<(), Inapplicable> {
        if self.exists(state, uid) { Ok(()) } else { Err(format!("{uid} does not exist")) }
    }

    fn need_all(&self, state: &State, value: &Value) -> Result<(), Inapplicable> {
        entities_of(value).iter().try_for_each(|uid| self.need(state, uid))
    }

    /// The principal, the resource and every entity of the context.
    pub fn entities_of_request(&self, step: usize) -> BTreeSet<Uid> {
        let step = &self.steps[step];
        let mut all = BTreeSet::from([step.principal.clone(), step.resource.clone()]);
        all.extend(step.context.values().flat_map(entities_of));
        all
    }

    fn request(&self, step: usize) -> Request {
        let step = &self.steps[step];
        let pairs = step.context.iter().map(|(name, value)| (name.clone(), expression(value)));
        let context = Context::from_pairs(pairs).expect("the names of a context are distinct");
        let action = self.world.action(&step.operation);
        Request::new(uid(&step.principal), uid(&action), uid(&step.resource), context, Some(&self.schema))
            .expect("requests conform to the schema")
    }

    /// The whole state in Cedar's form, with the actions of the schema.
    pub fn entities(&self, state: &State) -> Entities {
        self.try_entities(state).expect("every state conforms to the schema")
    }

    fn conforms(&self, state: &State) -> Result<(), Inapplicable> {
        self.try_entities(state).map(|_| ())
    }

    fn try_entities(&self, state: &State) -> Result<Entities, Inapplicable> {
        let pairs = |values: &BTreeMap<String, Value>| -> Vec<(String, RestrictedExpression)> {
            values.iter().map(|(name, value)| (name.clone(), expression(value))).collect()
        };
        let entities = state.entities.iter().map(|(name, record)| {
            let parents = record.parents.iter().map(uid);
            Entity::new_with_tags(uid(name), pairs(&record.attrs), parents, pairs(&record.tags))
                .expect("values are values")
        });
        Entities::from_entities(entities, Some(&self.schema)).map_err(|error| error.to_string())
    }

    /// The static policies and the links of a level, permits among the hard ones; and the names that
    /// links are reported under, because two links that one step makes share theirs.
    fn policy_set(
        &self,
        state: &State,
        level: Level,
        policies: Policies,
    ) -> (PolicySet, BTreeMap<String, String>) {
        let known = self.sets.iter().find(|(of, which, _)| (*of, *which) == (level, policies));
        let mut set = known.expect("every level has its sets").2.clone();
        let mut names: BTreeMap<String, String> =
            set.policies().map(|policy| (policy.id().to_string(), policy.id().to_string())).collect();
        for (number, (link, name)) in state.links.iter().enumerate() {
            let template = PolicyId::new(&link.template);
            if set.template(&template).is_some() {
                let id = format!("link number {number}");
                set.link(template, PolicyId::new(&id), slots(link)).expect("links fit their templates");
                names.insert(id, name.clone());
            }
        }
        (set, names)
    }

    fn effect_of(&self, id: &str) -> Effect {
        let of_link =
            self.world.links.iter().find(|(link, _)| link == id).map(|(_, link)| link.template.as_str());
        let policy = of_link.unwrap_or_else(|| id.split('@').next().expect("a split has a first part"));
        let policy =
            self.world.policies.iter().find(|other| other.id == policy).expect("a policy of the bundle");
        if policy.is_permit() { Effect::Permit } else { Effect::Forbid }
    }

    /// Section 2, rule 1: what a hard or soft forbid names and what neither exists nor can be created.
    ///
    /// The ids of creates are those that they have in the given states of their steps.
    pub fn missing_literals(&self, state_of: impl Fn(usize) -> State) -> BTreeSet<(String, Uid)> {
        let mut known: BTreeSet<Uid> = self.world.entities.iter().map(|(uid, _)| uid.clone()).collect();
        for step in 0..self.steps.len() {
            let cedar = self.entities(&state_of(step));
            let changes = self.world.changes(&self.steps[step].operation);
            known.extend(changes.iter().filter_map(|change| self.created(&cedar, step, &change.kind).ok()));
        }
        let initial = State { entities: BTreeMap::new(), links: BTreeMap::new() };
        let absent = |uid: &Uid| !known.contains(uid) && !self.exists(&initial, uid);
        let mut missing = BTreeSet::new();
        for policy in &self.world.policies {
            if policy.is_permit() || policy.level == Level::Advisory {
                continue;
            }
            let named = literals(policy).into_iter().map(|uid| (policy.id.clone(), uid));
            let links = self.world.links.iter().filter(|(_, link)| link.template == policy.id);
            let arguments = links.flat_map(|(id, link)| {
                link.principal
                    .iter()
                    .chain(&link.resource)
                    .map(|uid| (id.clone(), uid.clone()))
                    .collect::<Vec<_>>()
            });
            missing.extend(named.chain(arguments).filter(|(_, uid)| absent(uid)));
        }
        missing
    }
}

/// The policies of each level, with prerequisites and without.
fn policy_sets(world: &World) -> Vec<(Level, Policies, PolicySet)> {
    let mut sets = Vec::new();
    for level in [Level::Hard, Level::Soft, Level::Advisory] {
        for policies in [Policies::All, Policies::Rights] {
            let left_aside = |prerequisite: bool| prerequisite && policies == Policies::Rights;
            let mut set = PolicySet::new();
            for policy in world.policies.iter().filter(|policy| policy.level == level) {
                if left_aside(policy.prerequisite) {
                    continue;
                }
                let id = PolicyId::new(&policy.id);
                if policy.is_template() {
                    set.add_template(Template::parse(Some(id), policy.text()).expect("templates parse"))
                        .expect("distinct");
                } else {
                    set.add(Policy::parse(Some(id), policy.text()).expect("policies parse"))
                        .expect("distinct");
                }
            }
            sets.push((level, policies, set));
        }
    }
    sets
}

/// What Cedar answers about one policy set.
struct Answer {
    allowed: bool,
    reasons: BTreeSet<String>,
    errors: BTreeSet<String>,
}

impl Answer {
    fn new(response: &Response, names: &BTreeMap<String, String>) -> Self {
        let name = |id: &PolicyId| names[&id.to_string()].clone();
        let failed = |error: &cedar_policy::AuthorizationError| match error {
            cedar_policy::AuthorizationError::PolicyEvaluationError(error) => name(error.policy_id()),
        };
        Self {
            allowed: response.decision() == Decision::Allow,
            reasons: response.diagnostics().reason().map(name).collect(),
            errors: response.diagnostics().errors().map(failed).collect(),
        }
    }
}

/// For each step, the addresses of the steps that come before it in every run.
fn before(world: &World) -> BTreeMap<String, BTreeSet<String>> {
    let (start, end) = (|phase: &str| format!("start of {phase}"), |phase: &str| format!("end of {phase}"));
    let mut edges: BTreeSet<(String, String)> = BTreeSet::new();
    for phase in &world.phases {
        let address = |step: &str| format!("{}/{step}", phase.id);
        let of_need = |need: &String| if need.contains('/') { need.clone() } else { end(need) };
        edges.extend(phase.needs.iter().map(|need| (of_need(need), start(&phase.id))));
        edges.insert((start(&phase.id), end(&phase.id)));
        for (number, step) in phase.steps.iter().enumerate() {
            edges.insert((start(&phase.id), address(&step.id)));
            edges.insert((address(&step.id), end(&phase.id)));
            if phase.listed && number > 0 {
                edges.insert((address(&phase.steps[number - 1].id), address(&step.id)));
            }
            for need in &step.needs {
                let need = if need.contains('/') { need.clone() } else { address(need) };
                edges.insert((need, address(&step.id)));
            }
        }
    }
    let mut paths = edges.clone();
    loop {
        let longer = paths.iter().flat_map(|(a, b)| {
            edges.iter().filter(move |(from, _)| from == b).map(move |(_, to)| (a.clone(), to.clone()))
        });
        let all: BTreeSet<(String, String)> =
            paths.iter().cloned().chain(longer.collect::<Vec<_>>()).collect();
        if all.len() == paths.len() {
            break;
        }
        paths = all;
    }
    let addresses = world
        .phases
        .iter()
        .flat_map(|phase| phase.steps.iter().map(|step| format!("{}/{}", phase.id, step.id)));
    let addresses: BTreeSet<String> = addresses.collect();
    let of = |step: &String| {
        paths
            .iter()
            .filter(|(from, to)| to == step && addresses.contains(from))
            .map(|(from, _)| from.clone())
            .collect()
    };
    addresses.iter().map(|step| (step.clone(), of(step))).collect()
}

/// The length of the longest path to a step, counted in steps from 1.
fn wave(address: &String, before: &BTreeMap<String, BTreeSet<String>>) -> usize {
    1 + before[address].iter().map(|earlier| wave(earlier, before)).max().unwrap_or(0)
}

/// Everything that an entity is in.
pub fn ancestors(state: &State, uid: &Uid) -> BTreeSet<Uid> {
    let mut all = BTreeSet::new();
    for parent in state.entities.get(uid).into_iter().flat_map(|record| &record.parents) {
        all.insert(parent.clone());
        all.extend(ancestors(state, parent));
    }
    all
}

fn change_place(record: &mut Record, place: &Place, kind: &ChangeKind, value: Option<Value>) {
    let (values, name) = match place {
        Place::Attr(name) => (&mut record.attrs, name),
        Place::Tag(name) => (&mut record.tags, name),
    };
    match (kind, value) {
        (ChangeKind::Set(..), Some(value)) => {
            values.insert(name.clone(), value);
        }
        (ChangeKind::Unset(..), _) => {
            values.remove(name);
        }
        (ChangeKind::Add(..), Some(value)) => {
            let Value::Set(set) = values.entry(name.clone()).or_insert_with(|| Value::Set(BTreeSet::new()))
            else {
                panic!("elements are added to sets")
            };
            set.insert(value);
        }
        (ChangeKind::Remove(..), Some(value)) => match values.get_mut(name) {
            Some(Value::Set(set)) => {
                set.remove(&value);
            }
            Some(_) => panic!("elements are removed from sets"),
            None => {}
        },
        _ => panic!("no change of a value"),
    }
}
