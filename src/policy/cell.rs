//! Parts of a state that can be read or written by themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Link, Uid, Value};

/// A part of a state that can be read or written by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Everything about an entity: it comes into being or goes.
    Entity(Uid),
    /// Whether an entity exists.
    Existence(Uid),
    /// An attribute.
    Attribute(Uid, String),
    /// Whether the set in an attribute has an element.
    Element(Uid, String, Value),
    /// The tags of an entity.
    Tags(Uid),
    /// All parents of an entity.
    Parents(Uid),
    /// One parent edge: child, parent.
    Edge(Uid, Uid),
    /// Whether an entity is in any of some others.
    Inside(Uid, Arc<BTreeSet<Uid>>),
    /// Whether an entity is in an argument of any link of a template.
    InsideArgument(Uid, String),
    /// A template link.
    Link(Link),
    /// The links of a template whose arguments are among these: what a principal and a resource are in.
    Links(String, Arc<BTreeSet<Uid>>, Arc<BTreeSet<Uid>>),
}

impl Cell {
    /// The template whose links the cell is about.
    pub fn template(&self) -> Option<&str> {
        match self {
            Cell::Link(link) => Some(&link.template),
            Cell::Links(template, ..) => Some(template),
            _ => None,
        }
    }

    /// The entity whose record the cell is a part of.
    pub fn entity(&self) -> Option<&Uid> {
        match self {
            Cell::Entity(uid)
            | Cell::Existence(uid)
            | Cell::Attribute(uid, _)
            | Cell::Element(uid, ..)
            | Cell::Tags(uid)
            | Cell::Parents(uid)
            | Cell::Edge(uid, _)
            | Cell::Inside(uid, _)
            | Cell::InsideArgument(uid, _) => Some(uid),
            Cell::Link(_) | Cell::Links(..) => None,
        }
    }

    /// Says whether writing this cell can change what `other` holds.
    ///
    /// What an entity is inside of takes paths and not cells to find out; see `Written`.
    pub fn touches(&self, other: &Cell) -> bool {
        use Cell::{Attribute, Edge, Element, Entity, Link as OneLink, Links, Parents, Tags};
        match (self, other) {
            (Entity(written), _) => other.entity() == Some(written),
            (Attribute(uid, name), Attribute(of, read) | Element(of, read, _))
            | (Element(uid, name, _), Attribute(of, read)) => uid == of && name == read,
            (Element(uid, name, element), Element(of, read, asked)) => {
                (uid, name, element) == (of, read, asked)
            }
            (Tags(uid), Tags(of)) => uid == of,
            (Edge(child, _), Parents(of)) => child == of,
            (Edge(child, parent), Edge(of, to)) => (child, parent) == (of, to),
            (OneLink(link), OneLink(other)) => link == other,
            (OneLink(link), Links(template, principals, resources)) => {
                let among = |argument: &Option<Uid>, known: &BTreeSet<Uid>| {
                    argument.as_ref().is_none_or(|uid| known.contains(uid))
                };
                link.template == *template
                    && among(&link.principal, principals)
                    && among(&link.resource, resources)
            }
            (written, Entity(of)) => written.entity() == Some(of),
            _ => false,
        }
    }
}
