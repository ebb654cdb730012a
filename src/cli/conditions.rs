//! Conditions on a principal in words and in JSON.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Schema, Uid};
use crate::policy::{Alternative, Atom, Bundle, MOST_ATOMS, Policy, Requirement, Undecided};
use crate::report::render::{Naming, Style};

/// One condition; exactly one of the first four says what it is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Requirement")]
pub(super) struct RequirementJson {
    /// The uid of an entity that the principal is in.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// The uid of the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    is: Option<String>,
    /// The type of the principal.
    #[serde(rename = "ofType", skip_serializing_if = "Option::is_none")]
    of_type: Option<String>,
    /// Any other condition, a Cedar expression.
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    /// Whether it must hold, or must not.
    holds: bool,
}

/// The JSON form of an alternative.
pub(super) fn json(alternative: &Alternative) -> Vec<RequirementJson> {
    alternative.iter().map(requirement_json).collect()
}

fn requirement_json(requirement: &Requirement) -> RequirementJson {
    let mut json =
        RequirementJson { group: None, is: None, of_type: None, condition: None, holds: requirement.holds };
    match &requirement.atom {
        Atom::In(group) => json.group = Some(group.to_string()),
        Atom::Is(uid) => json.is = Some(uid.to_string()),
        Atom::OfType(name) => json.of_type = Some(name.to_string()),
        Atom::Other(text) | Atom::Unknown(text) => json.condition = Some(text.to_string()),
    }
    json
}

/// Writes entities and conditions as short as they can be told apart.
pub(super) struct Words<'a> {
    pub(super) naming: Naming<'a>,
    pub(super) schema: &'a Schema,
    pub(super) style: &'a Style,
}

impl Words<'_> {
    pub(super) fn uid(&self, uid: &Uid) -> String {
        self.naming.short(&uid.to_string(), self.style)
    }

    /// Alternatives, `A and B; or C`.
    pub(super) fn alternatives(&self, alternatives: &[Alternative]) -> String {
        let each: Vec<String> =
            alternatives.iter().map(|alternative| self.alternative(alternative)).collect();
        each.join("; or ")
    }

    pub(super) fn alternative(&self, alternative: &Alternative) -> String {
        if alternative.is_empty() {
            return "no right: anybody may".to_owned();
        }
        let each: Vec<String> = alternative.iter().map(|requirement| self.requirement(requirement)).collect();
        each.join(" and ")
    }

    fn requirement(&self, requirement: &Requirement) -> String {
        let short = |text: &str| {
            let prefix = format!("{}::", self.schema.namespace);
            let text =
                if self.schema.namespace.is_empty() { text.to_owned() } else { text.replace(&prefix, "") };
            self.style.shown(&text).into_owned()
        };
        match (&requirement.atom, requirement.holds) {
            (Atom::In(group), true) => self.uid(group),
            (Atom::In(group), false) => format!("not in {}", self.uid(group)),
            (Atom::Is(uid), true) => format!("being {}", self.uid(uid)),
            (Atom::Is(uid), false) => format!("not being {}", self.uid(uid)),
            (Atom::OfType(name), true) => format!("being a {}", short(&name.to_string())),
            (Atom::OfType(name), false) => format!("not being a {}", short(&name.to_string())),
            (Atom::Other(text) | Atom::Unknown(text), true) => format!("`{}`", short(text)),
            (Atom::Other(text) | Atom::Unknown(text), false) => match opposite(text) {
                Some(opposite) => format!("`{}`", short(&opposite)),
                None => format!("not `{}`", short(text)),
            },
        }
    }

    /// What a forbid says: its prerequisite, else its title, else its id.
    pub(super) fn says(&self, bundle: &Bundle, id: &str) -> String {
        let annotation = |key: &str| {
            bundle
                .policy_of(id)
                .and_then(|policy: &Policy| policy.annotation(key))
                .filter(|text| !text.is_empty())
        };
        match (annotation("prerequisite"), annotation("title")) {
            (Some(condition), _) => format!("it needs that {}", self.style.shown(condition)),
            (None, Some(title)) => self.style.shown(title).into_owned(),
            (None, None) => "the forbid applies".to_owned(),
        }
    }
}

/// The comparison that holds where another does not; Cedar itself keeps `>` and `!=` as negations.
fn opposite(text: &str) -> Option<String> {
    let pairs = [(" <= ", " > "), (" < ", " >= "), (" == ", " != ")];
    let (sign, opposite) = pairs.into_iter().find(|(sign, _)| text.matches(sign).count() == 1)?;
    let plain = !["&&", "||", "if ", "!", "\""].iter().any(|word| text.contains(word));
    plain.then(|| text.replacen(sign, opposite, 1))
}

/// Why there are no alternatives, as a sentence.
pub(super) fn undecided(why: &Undecided, style: &Style) -> String {
    match why {
        Undecided::Unknown(what) => format!("cannot be said: {} is not known yet", style.shown(what)),
        Undecided::TooMany(number) => {
            format!(
                "cannot be told: it depends on {number} conditions, and at most {MOST_ATOMS} are combined"
            )
        }
    }
}

/// The names that permits have for the right they stand for.
pub(super) fn named_rights<'a>(bundle: &'a Bundle, permits: &BTreeSet<String>) -> BTreeSet<&'a str> {
    permits.iter().filter_map(|id| bundle.policy_of(id)?.annotation("right")).collect()
}

/// The entities that conditions name.
pub(super) fn named_uids<'a>(alternatives: impl IntoIterator<Item = &'a Alternative>) -> Vec<String> {
    let requirements = alternatives.into_iter().flatten();
    let uids = requirements.filter_map(|requirement| match &requirement.atom {
        Atom::In(uid) | Atom::Is(uid) => Some(uid.to_string()),
        _ => None,
    });
    uids.collect()
}
