//! Records that are written plainly, converted without a copy.

use std::collections::HashMap;

use foldhash::quality::RandomState;

use super::super::value;
use crate::diagnostic::Sink;
use crate::document::{Pieces, PlainUid, TokenKind, split_uid};
use crate::model::{EntityId, EntityKind, EntityType, EstateBuilder, KindId, Record, Schema, Type, Value};

/// The entity types that records are of, as they are needed.
pub(super) struct Kinds<'a> {
    schema: &'a Schema,
    kinds: Vec<Kind<'a>>,
    /// By the type's name as it is written; nothing where it is not in the schema.
    named: HashMap<String, Option<usize>, RandomState>,
}

struct Kind<'a> {
    id: KindId,
    declared: &'a EntityType,
    attributes: Vec<Attribute<'a>>,
    required: usize,
    /// The types that were parents so far, and whether they may be.
    parents: Vec<(usize, bool)>,
}

struct Attribute<'a> {
    name: &'a str,
    expected: &'a Type,
    required: bool,
    number: u32,
}

impl<'a> Kinds<'a> {
    pub fn new(schema: &'a Schema) -> Self {
        Self { schema, kinds: Vec::new(), named: HashMap::default() }
    }

    /// The type and the handle of a uid; nothing where there is something to say of it.
    pub fn uid(&mut self, uid: PlainUid<'_>, builder: &mut EstateBuilder) -> Option<(usize, EntityId)> {
        let at = match self.named.get(uid.type_name) {
            Some(known) => *known,
            None => self.named_new(uid.type_name, builder),
        }?;
        let kind = self.kinds.get(at)?;
        if let EntityKind::Enumerated(ids) = &kind.declared.kind
            && !ids.contains(uid.id)
        {
            return None;
        }
        Some((at, builder.id(kind.id, uid.id)))
    }

    fn named_new(&mut self, name: &str, builder: &mut EstateBuilder) -> Option<usize> {
        // What is not in the schema is not kept, because anybody can make up names.
        let declared = self.schema.type_named(name)?;
        let known = self.kinds.iter().position(|kind| kind.declared.name == declared.name);
        let at = known.unwrap_or_else(|| {
            let attributes = attributes(&declared.attributes, builder);
            let required = attributes.iter().filter(|attribute| attribute.required).count();
            let id = builder.kind(&declared.name);
            self.kinds.push(Kind { id, declared, attributes, required, parents: Vec::new() });
            self.kinds.len() - 1
        });
        self.named.insert(name.to_owned(), Some(at));
        Some(at)
    }

    fn may_be_in(&mut self, child: usize, parent: usize) -> bool {
        let known = self.kinds.get(child).and_then(|kind| {
            kind.parents.iter().find(|(known, _)| *known == parent).map(|(_, allowed)| *allowed)
        });
        known.unwrap_or_else(|| {
            let name = self.kinds.get(parent).map(|kind| &kind.declared.name);
            let Some(kind) = self.kinds.get_mut(child) else { return false };
            let allowed = name.is_some_and(|name| kind.declared.ancestors.contains(name));
            kind.parents.push((parent, allowed));
            allowed
        })
    }

    /// Writes the parents, attributes and tags of a record; nothing where there is something to say.
    pub fn record(
        &mut self,
        kind: usize,
        pieces: &mut Pieces<'_>,
        builder: &mut EstateBuilder,
        parents: &mut Vec<EntityId>,
    ) -> Option<()> {
        for _ in 0..pieces.count()? {
            let (parent_kind, parent) = self.uid(pieces.uid()?, builder)?;
            self.may_be_in(kind, parent_kind).then_some(())?;
            parents.push(parent);
        }
        builder.begin();
        let mut required = 0;
        for _ in 0..pieces.count()? {
            let name = pieces.key()?.value;
            let own = self.kinds.get(kind)?;
            let attribute = own.attributes.iter().find(|attribute| attribute.name == name)?;
            required += usize::from(attribute.required);
            builder.field(attribute.number);
            let expected = attribute.expected;
            self.value(expected, pieces, builder)?;
        }
        let own = self.kinds.get(kind)?;
        (required == own.required).then_some(())?;
        builder.begin_tags();
        let expected = own.declared.tags.as_ref();
        for _ in 0..pieces.count()? {
            let name = pieces.key()?.value;
            let number = builder.name(name);
            builder.field(number);
            self.value(expected?, pieces, builder)?;
        }
        Some(())
    }

    fn value(&mut self, expected: &Type, pieces: &mut Pieces<'_>, builder: &mut EstateBuilder) -> Option<()> {
        let token = pieces.peek()?;
        match (expected, token.kind()) {
            (Type::String, TokenKind::Text) => builder.string(pieces.slice(token)?),
            (Type::Bool, TokenKind::Word) => builder.bool(pieces.slice(token)? == "true"),
            (Type::Long, TokenKind::Integer) => builder.long(pieces.slice(token)?.parse().ok()?),
            (Type::Entity(name), TokenKind::Escaped) => {
                let (type_name, id) = split_uid(pieces.slice(token)?)?;
                if id.is_empty() || id.len() > 256 {
                    return None;
                }
                let span = pieces.span(token);
                let (kind, id) = self.uid(PlainUid { type_name, id, span }, builder)?;
                (self.kinds.get(kind)?.declared.name == *name).then_some(())?;
                builder.entity(id);
            }
            _ => {
                let mut unsaid = Sink::new();
                let value: Value = value::convert(&pieces.node()?, expected, self.schema, &mut unsaid)?;
                if unsaid.errors() > 0 {
                    return None;
                }
                builder.value(&value);
                return Some(());
            }
        }
        pieces.token().map(|_| ())
    }
}

fn attributes<'a>(record: &'a Record, builder: &mut EstateBuilder) -> Vec<Attribute<'a>> {
    let of = |(name, (expected, required)): (&'a String, &'a (Type, bool))| Attribute {
        name,
        expected,
        required: *required,
        number: builder.name(name),
    };
    record.fields.iter().map(of).collect()
}
