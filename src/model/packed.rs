//! Attributes and tags of an estate in bytes, and values seen without being copied.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::Names;
use super::{EntityId, Extension, Value};

/// A value as it stands in a state, without a copy of it.
#[derive(Clone, Copy, Debug)]
pub enum ValueView<'a> {
    /// A boolean.
    Bool(bool),
    /// A 64-bit integer.
    Long(i64),
    /// A text.
    String(&'a str),
    /// A reference to an entity.
    Entity(EntityId),
    /// A set.
    Set(SetView<'a>),
    /// A record.
    Record(RecordView<'a>),
    /// An instant, a duration, an address or a decimal.
    Extension(&'a Extension),
    /// A value that is not known yet.
    Unknown,
}

/// The elements of a set of a state.
#[derive(Clone, Copy, Debug)]
pub struct SetView<'a>(Inside<'a, BTreeSet<Value>>);

/// The fields of a record of a state.
#[derive(Clone, Copy, Debug)]
pub struct RecordView<'a>(Inside<'a, BTreeMap<String, Value>>);

/// Values inside of a value: as bytes of the estate, or as a change made them.
#[derive(Debug)]
enum Inside<'a, T> {
    Packed { rows: &'a Rows, count: usize, bytes: &'a [u8] },
    Made(&'a T, &'a Names),
}

impl<T> Clone for Inside<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Inside<'_, T> {}

impl<'a> SetView<'a> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        match self.0 {
            Inside::Packed { count, .. } => count,
            Inside::Made(elements, _) => elements.len(),
        }
    }

    /// Says whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements, in the order of [`Value`].
    pub fn iter(&self) -> impl Iterator<Item = ValueView<'a>> + use<'a> {
        let (packed, made) = match self.0 {
            Inside::Packed { rows, count, bytes } => {
                let mut reader = Reader { rows, bytes };
                (Some((0..count).map_while(move |_| reader.value())), None)
            }
            Inside::Made(elements, names) => {
                (None, Some(elements.iter().map(move |value| ValueView::of(value, names))))
            }
        };
        packed.into_iter().flatten().chain(made.into_iter().flatten())
    }
}

impl<'a> RecordView<'a> {
    /// The fields with their names, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + use<'a> {
        let (packed, made) = match self.0 {
            Inside::Packed { rows, count, bytes } => {
                let mut reader = Reader { rows, bytes };
                (Some((0..count).map_while(move |_| reader.field())), None)
            }
            Inside::Made(fields, names) => {
                let view = move |(name, value): (&'a String, &'a Value)| {
                    (name.as_str(), ValueView::of(value, names))
                };
                (None, Some(fields.iter().map(view)))
            }
        };
        packed.into_iter().flatten().chain(made.into_iter().flatten())
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<ValueView<'a>> {
        self.iter().find(|(own, _)| *own == name).map(|(_, value)| value)
    }
}

impl<'a> ValueView<'a> {
    /// A value seen; the uids in it have handles.
    pub(super) fn of(value: &'a Value, names: &'a Names) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Long(value) => Self::Long(*value),
            Value::String(value) => Self::String(value),
            Value::Entity(uid) => Self::Entity(names.intern(uid)),
            Value::Set(elements) => Self::Set(SetView(Inside::Made(elements, names))),
            Value::Record(fields) => Self::Record(RecordView(Inside::Made(fields, names))),
            Value::Extension(extension) => Self::Extension(extension),
            Value::Unknown => Self::Unknown,
        }
    }

    /// A copy of the value.
    pub(super) fn to_value(self, names: &Names) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Long(value) => Value::Long(value),
            Self::String(value) => Value::String(value.into()),
            Self::Entity(id) => Value::Entity(names.uid(id).clone()),
            Self::Set(set) => {
                Value::Set(Arc::new(set.iter().map(|element| element.to_value(names)).collect()))
            }
            Self::Record(record) => {
                Value::record(record.iter().map(|(name, field)| (name.to_owned(), field.to_value(names))))
            }
            Self::Extension(extension) => Value::Extension(extension.clone()),
            Self::Unknown => Value::Unknown,
        }
    }
}

/// The attributes and tags of an estate's entities, one row of bytes each.
///
/// A row is the number of attributes, each with the number of its name and its value, and the same
/// for tags. Numbers are written seven bits a byte, the lowest first.
#[derive(Debug, Default)]
pub(super) struct Rows {
    bytes: Vec<u8>,
    text: String,
    names: Vec<Arc<str>>,
    name_numbers: BTreeMap<Arc<str>, u32>,
    extensions: Vec<Extension>,
}

const FALSE: u8 = 0;
const TRUE: u8 = 1;
const LONG: u8 = 2;
const STRING: u8 = 3;
const ENTITY: u8 = 4;
const SET: u8 = 5;
const RECORD: u8 = 6;
const EXTENSION: u8 = 7;
const UNKNOWN: u8 = 8;

impl Rows {
    /// The number of an attribute's name, where some row has it.
    pub fn name_number(&self, name: &str) -> Option<u32> {
        self.name_numbers.get(name).copied()
    }

    /// The number of an attribute's name, which is made where there is none yet.
    pub fn number_name(&mut self, name: &str) -> u32 {
        if let Some(known) = self.name_number(name) {
            return known;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        self.name_numbers.insert(name, number);
        number
    }

    /// Adds a row of attributes and tags that are written already; gives its position.
    pub fn push(&mut self, attributes: &Fields, tags: &Fields) -> u64 {
        let start = self.bytes.len() as u64;
        for fields in [attributes, tags] {
            write_number(&mut self.bytes, fields.count);
            self.bytes.extend_from_slice(&fields.bytes);
        }
        start
    }

    /// Frees what only more rows would need.
    pub fn settle(&mut self) {
        self.bytes.shrink_to_fit();
        self.text.shrink_to_fit();
    }

    fn reader(&self, row: u64) -> Reader<'_> {
        let start = usize::try_from(row).unwrap_or(usize::MAX);
        Reader { rows: self, bytes: self.bytes.get(start..).unwrap_or_default() }
    }

    /// The value of an attribute of a row.
    pub fn attribute(&self, row: u64, name: u32) -> Option<ValueView<'_>> {
        self.reader(row).find(name)
    }

    /// The value of a tag of a row.
    pub fn tag(&self, row: u64, name: u32) -> Option<ValueView<'_>> {
        let mut reader = self.reader(row);
        for _ in 0..reader.number()? {
            reader.field()?;
        }
        reader.find(name)
    }

    /// The attributes and the tags of a row.
    pub fn whole(&self, row: u64, names: &Names) -> (BTreeMap<String, Value>, BTreeMap<String, Value>) {
        let mut reader = self.reader(row);
        let mut fields = || {
            let count = reader.number().unwrap_or_default();
            let read = (0..count).map_while(|_| reader.field());
            read.map(|(name, value)| (name.to_owned(), value.to_value(names))).collect()
        };
        (fields(), fields())
    }

    /// Writes a text; the row keeps where it stands.
    pub fn write_string(&mut self, out: &mut Vec<u8>, text: &str) {
        out.push(STRING);
        write_number(out, self.text.len() as u64);
        write_number(out, text.len() as u64);
        self.text.push_str(text);
    }

    /// Writes a value.
    pub fn write(&mut self, out: &mut Vec<u8>, value: &Value, id: &mut impl FnMut(&super::Uid) -> EntityId) {
        match value {
            Value::Bool(value) => write_bool(out, *value),
            Value::Long(value) => write_long(out, *value),
            Value::String(value) => self.write_string(out, value),
            Value::Entity(uid) => write_entity(out, id(uid)),
            Value::Set(elements) => {
                let mut inside = Vec::new();
                elements.iter().for_each(|element| self.write(&mut inside, element, id));
                write_inside(out, SET, elements.len(), &inside);
            }
            Value::Record(fields) => {
                let mut inside = Vec::new();
                for (name, field) in fields.iter() {
                    write_number(&mut inside, u64::from(self.number_name(name)));
                    self.write(&mut inside, field, id);
                }
                write_inside(out, RECORD, fields.len(), &inside);
            }
            Value::Extension(extension) => {
                out.push(EXTENSION);
                write_number(out, self.extensions.len() as u64);
                self.extensions.push(extension.clone());
            }
            Value::Unknown => out.push(UNKNOWN),
        }
    }
}

/// Attributes or tags as bytes, before they are part of a row.
#[derive(Debug, Default)]
pub(super) struct Fields {
    count: u64,
    pub bytes: Vec<u8>,
}

impl Fields {
    pub fn clear(&mut self) {
        self.count = 0;
        self.bytes.clear();
    }

    /// Begins a field; its value must be written next.
    pub fn begin(&mut self, name: u32) {
        self.count += 1;
        write_number(&mut self.bytes, u64::from(name));
    }
}

pub(super) fn write_bool(out: &mut Vec<u8>, value: bool) {
    out.push(if value { TRUE } else { FALSE });
}

pub(super) fn write_long(out: &mut Vec<u8>, value: i64) {
    out.push(LONG);
    // Zigzag, so that small negative numbers are short too.
    write_number(out, ((value << 1) ^ (value >> 63)).cast_unsigned());
}

pub(super) fn write_entity(out: &mut Vec<u8>, id: EntityId) {
    out.push(ENTITY);
    write_number(out, id.position() as u64);
}

fn write_inside(out: &mut Vec<u8>, tag: u8, count: usize, inside: &[u8]) {
    out.push(tag);
    write_number(out, count as u64);
    write_number(out, inside.len() as u64);
    out.extend_from_slice(inside);
}

fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads a row; nothing where the bytes end, which they do not.
struct Reader<'a> {
    rows: &'a Rows,
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    fn find(&mut self, name: u32) -> Option<ValueView<'a>> {
        for _ in 0..self.number()? {
            let own = self.number()?;
            let value = self.value()?;
            if own == u64::from(name) {
                return Some(value);
            }
        }
        None
    }

    fn field(&mut self) -> Option<(&'a str, ValueView<'a>)> {
        let name = self.size()?;
        Some((self.rows.names.get(name)?, self.value()?))
    }

    fn value(&mut self) -> Option<ValueView<'a>> {
        Some(match self.byte()? {
            FALSE => ValueView::Bool(false),
            TRUE => ValueView::Bool(true),
            LONG => {
                let number = self.number()?;
                ValueView::Long((number >> 1).cast_signed() ^ -((number & 1).cast_signed()))
            }
            STRING => {
                let (start, length) = (self.size()?, self.size()?);
                ValueView::String(self.rows.text.get(start..start + length)?)
            }
            ENTITY => ValueView::Entity(EntityId::new(self.size()?)),
            SET => ValueView::Set(SetView(self.inside()?)),
            RECORD => ValueView::Record(RecordView(self.inside()?)),
            EXTENSION => {
                let number = self.size()?;
                ValueView::Extension(self.rows.extensions.get(number)?)
            }
            _ => ValueView::Unknown,
        })
    }

    fn inside<T>(&mut self) -> Option<Inside<'a, T>> {
        let (count, length) = (self.size()?, self.size()?);
        Some(Inside::Packed { rows: self.rows, count, bytes: self.take(length)? })
    }
}
