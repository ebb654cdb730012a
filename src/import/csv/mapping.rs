//! The section `csv` of a mapping file.

use super::super::native::Fields;
use super::super::reading::Reading;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Node, NodeKind};
use crate::source::Spanned;

const SECTION: &[&str] = &["separator", "entities", "memberships", "steps"];
const MEMBERSHIPS: &[&str] = &["member", "group"];
const ENTITIES: &[&str] = &["type", "id", "parents", "attrs", "taken"];
const COLUMN: &[&str] = &["column", "type", "separator", "is"];
const STEPS: &[&str] =
    &["plan", "title", "author", "id", "phase", "by", "do", "target", "type", "needs", "with"];

/// What the columns of tables mean.
#[derive(Debug)]
pub(super) struct Mapping {
    pub separator: char,
    pub entities: Option<Entities>,
    pub memberships: Option<Memberships>,
    pub steps: Option<Steps>,
}

/// A table with a member and what it is in in each row.
#[derive(Debug)]
pub(super) struct Memberships {
    pub member: Column,
    pub group: Column,
}

/// A table with an entity in each row.
#[derive(Debug)]
pub(super) struct Entities {
    pub entity_type: Spanned<String>,
    pub id: Spanned<String>,
    /// Columns with the names of what the entity is in.
    pub parents: Vec<Column>,
    pub attributes: Vec<(Spanned<String>, Column)>,
    pub taken: Option<Spanned<String>>,
}

/// A column and how its fields are read.
#[derive(Debug)]
pub(super) struct Column {
    pub name: Spanned<String>,
    /// The entity type of what the fields name, where they name entities.
    pub entity_type: Option<Spanned<String>>,
    /// What stands between several values of one field.
    pub separator: Option<char>,
    pub form: Form,
}

/// What the fields of a column are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Form {
    #[default]
    Text,
    Number,
    Boolean,
}

/// A table with a step in each row.
#[derive(Debug)]
pub(super) struct Steps {
    pub plan: Spanned<String>,
    pub title: Option<Spanned<String>>,
    pub author: Option<Spanned<String>>,
    pub id: Spanned<String>,
    pub phase: Option<Spanned<String>>,
    pub by: Option<Spanned<String>>,
    pub operation: Spanned<String>,
    pub target: Spanned<String>,
    /// The entity type of targets that are written without one.
    pub entity_type: Option<Spanned<String>>,
    pub needs: Option<Spanned<String>>,
    pub with: Vec<(Spanned<String>, Column)>,
}

/// Reads the section.
pub(super) fn read(reading: &mut Reading<'_>, node: Node) -> Option<Mapping> {
    let mut fields = Fields::open(reading, node, "the mapping of CSV", SECTION)?;
    let separator = match fields.take("separator") {
        Some(node) => separator(reading, node)?,
        None => ',',
    };
    let entities = fields.take("entities").map(|node| entities(reading, node));
    let steps = fields.take("steps").map(|node| steps(reading, node));
    let memberships = fields.take("memberships").map(|node| memberships(reading, node));
    let entities = if let Some(entities) = entities { Some(entities?) } else { None };
    let memberships = if let Some(memberships) = memberships { Some(memberships?) } else { None };
    let steps = if let Some(steps) = steps { Some(steps?) } else { None };
    Some(Mapping { separator, entities, memberships, steps })
}

fn memberships(reading: &mut Reading<'_>, node: Node) -> Option<Memberships> {
    let mut fields = Fields::open(reading, node, "a table of memberships", MEMBERSHIPS)?;
    let mut side = |reading: &mut Reading<'_>, name: &str| {
        let node = fields.required(reading, name)?;
        let span = node.span;
        let column = column(reading, node)?;
        if column.entity_type.is_none() {
            let message = format!("`{name}` does not say of which entity type it is");
            let hint = "write `{ column: NAME, type: TYPE }`";
            reading.push(Diagnostic::new(Code::MissingField, message).label(span, "").hint(hint));
            return None;
        }
        Some(column)
    };
    let (member, group) = (side(reading, "member"), side(reading, "group"));
    Some(Memberships { member: member?, group: group? })
}

fn separator(reading: &mut Reading<'_>, node: Node) -> Option<char> {
    let text = reading.string("separator", node)?;
    let mut characters = text.value.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) if !matches!(only, '"' | '\n' | '\r') => Some(only),
        _ => {
            let message = "`separator` is not one character that can stand between fields";
            reading.push(Diagnostic::new(Code::InvalidValue, message).label(text.span, ""));
            None
        }
    }
}

fn entities(reading: &mut Reading<'_>, node: Node) -> Option<Entities> {
    let mut fields = Fields::open(reading, node, "a table of entities", ENTITIES)?;
    let entity_type = fields.required(reading, "type").and_then(|node| reading.name("type", node));
    let id = fields.required(reading, "id").and_then(|node| reading.name("id", node));
    let parents = match fields.take("parents") {
        Some(node) => {
            let items = reading.list("parents", node)?;
            items.into_iter().map(|item| column(reading, item)).collect::<Option<_>>()?
        }
        None => Vec::new(),
    };
    let attributes = columns(reading, fields.take("attrs"), "attrs")?;
    let taken = fields.take("taken").and_then(|node| reading.line("taken", node));
    Some(Entities { entity_type: entity_type?, id: id?, parents, attributes, taken })
}

fn columns(
    reading: &mut Reading<'_>,
    node: Option<Node>,
    field: &str,
) -> Option<Vec<(Spanned<String>, Column)>> {
    let Some(node) = node else { return Some(Vec::new()) };
    let entries = reading.map(field, node)?;
    entries.into_iter().map(|(key, value)| Some((key, column(reading, value)?))).collect()
}

/// The name of a column, or a mapping that says more about it.
fn column(reading: &mut Reading<'_>, node: Node) -> Option<Column> {
    if !matches!(node.kind, NodeKind::Map(_)) {
        let name = reading.name("column", node)?;
        return Some(Column { name, entity_type: None, separator: None, form: Form::Text });
    }
    let mut fields = Fields::open(reading, node, "a column", COLUMN)?;
    let name = fields.required(reading, "column").and_then(|node| reading.name("column", node));
    let entity_type = fields.take("type").and_then(|node| reading.name("type", node));
    let separator = match fields.take("separator") {
        Some(node) => Some(self::separator(reading, node)?),
        None => None,
    };
    let form = match fields.take("is") {
        Some(node) => form(reading, node)?,
        None => Form::Text,
    };
    Some(Column { name: name?, entity_type, separator, form })
}

fn form(reading: &mut Reading<'_>, node: Node) -> Option<Form> {
    let word = reading.name("is", node)?;
    match word.value.as_str() {
        "text" => Some(Form::Text),
        "number" => Some(Form::Number),
        "boolean" => Some(Form::Boolean),
        other => {
            let message = "`is` is none of `text`, `number` and `boolean`";
            let diagnostic = Diagnostic::new(Code::InvalidValue, message).label(word.span, "");
            reading.push(diagnostic.did_you_mean(other, ["text", "number", "boolean"]));
            None
        }
    }
}

fn steps(reading: &mut Reading<'_>, node: Node) -> Option<Steps> {
    let mut fields = Fields::open(reading, node, "a table of steps", STEPS)?;
    let plan = fields.required(reading, "plan").and_then(|node| reading.id("plan", node));
    let title = fields.take("title").and_then(|node| reading.title("title", node));
    let with = columns(reading, fields.take("with"), "with");
    let mut required = |reading: &mut Reading<'_>, name: &str| {
        fields.required(reading, name).and_then(|node| reading.name(name, node))
    };
    let id = required(reading, "id");
    let operation = required(reading, "do");
    let target = required(reading, "target");
    let mut optional =
        |reading: &mut Reading<'_>, name: &str| fields.take(name).and_then(|node| reading.name(name, node));
    Some(Steps {
        plan: plan?,
        title,
        author: optional(reading, "author"),
        id: id?,
        phase: optional(reading, "phase"),
        by: optional(reading, "by"),
        operation: operation?,
        target: target?,
        entity_type: optional(reading, "type"),
        needs: optional(reading, "needs"),
        with: with?,
    })
}
