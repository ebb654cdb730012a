//! A catalogue of operations as its file says it.

use super::Node;
use crate::source::{Span, Spanned};

/// A file of kind `countersign.operations/1`.
#[derive(Clone, Debug)]
pub struct OperationsDocument {
    /// The whole document.
    pub span: Span,
    /// The operations, in the order of the file.
    pub operations: Vec<OperationDocument>,
}

/// What one action changes.
#[derive(Clone, Debug)]
pub struct OperationDocument {
    /// An action's id or whole uid.
    pub name: Spanned<String>,
    /// A title for people.
    pub title: Option<Spanned<String>>,
    /// A link to documentation.
    pub docs: Option<Spanned<String>>,
    /// The changes, in order.
    pub changes: Vec<ChangeDocument>,
}

/// One change of an operation.
#[derive(Clone, Debug)]
pub struct ChangeDocument {
    /// The whole mapping.
    pub span: Span,
    /// A condition; the change does nothing where it is false.
    pub when: Option<Node>,
    /// The change.
    pub kind: ChangeKind,
}

/// Whether a change is about an attribute or about a tag, and its name.
#[derive(Clone, Debug)]
pub enum Slot {
    /// An attribute.
    Attribute(Spanned<String>),
    /// A tag.
    Tag(Spanned<String>),
}

/// The ten changes. A `Node` is a Cedar expression as text, or a number or boolean for itself.
#[derive(Clone, Debug)]
pub enum ChangeKind {
    /// The entity comes into being.
    Create {
        /// The entity type, with or without the bundle's namespace.
        entity_type: Spanned<String>,
        /// The id, a string expression.
        id: Node,
        /// The direct parents, entity expressions.
        parents: Vec<Node>,
        /// Attributes by name.
        attributes: Vec<(Spanned<String>, Node)>,
        /// Tags by name.
        tags: Vec<(Spanned<String>, Node)>,
    },
    /// The entity, the edges to it and the links that name it go.
    Delete {
        /// The entity.
        entity: Node,
    },
    /// An attribute or tag gets a value.
    Set {
        /// The entity.
        entity: Node,
        /// Which attribute or tag.
        slot: Slot,
        /// Its new value.
        value: Node,
    },
    /// An attribute or tag goes.
    Unset {
        /// The entity.
        entity: Node,
        /// Which attribute or tag.
        slot: Slot,
    },
    /// A set gets an element.
    Add {
        /// The entity.
        entity: Node,
        /// Which attribute or tag.
        slot: Slot,
        /// The element.
        value: Node,
    },
    /// A set loses an element.
    Remove {
        /// The entity.
        entity: Node,
        /// Which attribute or tag.
        slot: Slot,
        /// The element.
        value: Node,
    },
    /// A parent edge comes.
    Join {
        /// The child.
        entity: Node,
        /// The parent.
        parent: Node,
    },
    /// A parent edge goes.
    Leave {
        /// The child.
        entity: Node,
        /// The parent.
        parent: Node,
    },
    /// A template link comes.
    Link {
        /// The template's `@id`.
        template: Spanned<String>,
        /// What its `?principal` stands for.
        principal: Option<Node>,
        /// What its `?resource` stands for.
        resource: Option<Node>,
    },
    /// A template link goes.
    Unlink {
        /// The template's `@id`.
        template: Spanned<String>,
        /// What its `?principal` stands for.
        principal: Option<Node>,
        /// What its `?resource` stands for.
        resource: Option<Node>,
    },
}
