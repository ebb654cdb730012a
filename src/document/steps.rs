//! The steps of a phase: as their file says them, or as places in it.

use std::borrow::Cow;
use std::sync::Arc;

use super::plain::{Pieces, PlainUid, Token, TokenKind, unescaped};
use super::{Node, StepDocument};
use crate::source::{SourceId, Span, Spanned};

/// The steps of a phase, in the order of the file.
#[derive(Clone, Debug)]
pub enum Steps {
    /// With their values and places.
    Described(Vec<StepDocument>),
    /// As places in their text, where they are written plainly.
    Plain(PlainSteps),
}

/// Steps that are kept as places in a text, and those among them that are not written plainly.
///
/// A plain step is its extent, id, operation, target, principal, context, needs, title and link, in this
/// order; an end stands for what is absent. Any other step is one token that says which it is.
#[derive(Clone, Debug)]
pub struct PlainSteps {
    source: SourceId,
    text: Arc<String>,
    tokens: Vec<Token>,
    starts: Vec<u32>,
    others: Vec<StepDocument>,
}

/// A step that is written plainly.
#[derive(Clone, Copy, Debug)]
pub struct PlainStep<'a> {
    /// The whole mapping.
    pub span: Span,
    /// The step's id.
    pub id: Spanned<&'a str>,
    /// The operation.
    pub operation: Spanned<&'a str>,
    /// The resource.
    pub target: PlainUid<'a>,
    /// The principal.
    pub by: Option<PlainUid<'a>>,
    /// The context: its pieces begin with the mapping.
    pub with: Option<(Span, Pieces<'a>)>,
    /// What comes first: a list and its texts.
    pub needs: Pieces<'a>,
    title: Option<Token>,
    docs: Option<Token>,
    pieces: Pieces<'a>,
}

/// One step of some.
#[expect(clippy::large_enum_variant, reason = "one at a time is looked at, and none is kept")]
#[derive(Clone, Debug)]
pub enum StepOf<'a> {
    /// It is written plainly.
    Plain(PlainStep<'a>),
    /// It has its values already.
    Described(&'a StepDocument),
}

impl Default for Steps {
    fn default() -> Self {
        Self::Described(Vec::new())
    }
}

impl From<Vec<StepDocument>> for Steps {
    fn from(steps: Vec<StepDocument>) -> Self {
        Self::Described(steps)
    }
}

impl Steps {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Described(steps) => steps.len(),
            Self::Plain(steps) => steps.starts.len(),
        }
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them, as it is kept.
    pub fn kept(&self, at: usize) -> Option<StepOf<'_>> {
        match self {
            Self::Described(steps) => steps.get(at).map(StepOf::Described),
            Self::Plain(steps) => steps.get(at),
        }
    }

    /// The id of one of them.
    pub fn id(&self, at: usize) -> Option<Spanned<&str>> {
        match self {
            Self::Described(steps) => {
                steps.get(at).map(|step| Spanned::new(step.id.value.as_str(), step.id.span))
            }
            Self::Plain(steps) => steps.id(at),
        }
    }

    /// All of them, as they are kept.
    pub fn all_kept(&self) -> impl Iterator<Item = StepOf<'_>> {
        (0..self.len()).filter_map(|at| self.kept(at))
    }

    /// All of them with their values and places.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, StepDocument>> {
        self.all_kept().map(|step| step.document())
    }

    /// One of them with its values and places.
    pub fn get(&self, at: usize) -> Option<Cow<'_, StepDocument>> {
        self.kept(at).map(|step| step.document())
    }

    /// Adds a step at the end.
    pub fn push(&mut self, step: StepDocument) {
        self.make_mut().push(step);
    }

    /// All of them with their values and places, to be changed.
    pub fn make_mut(&mut self) -> &mut Vec<StepDocument> {
        if let Self::Plain(_) = self {
            *self = Self::Described(self.iter().map(Cow::into_owned).collect());
        }
        match self {
            Self::Described(steps) => steps,
            Self::Plain(_) => unreachable!("the steps were described above"),
        }
    }
}

impl PlainSteps {
    /// Takes the tokens of a text, where each step begins in them, and the steps that are not plain.
    pub fn new(
        source: SourceId,
        text: Arc<String>,
        tokens: Vec<Token>,
        starts: Vec<u32>,
        others: Vec<StepDocument>,
    ) -> Self {
        Self { source, text, tokens, starts, others }
    }

    fn id(&self, at: usize) -> Option<Spanned<&str>> {
        let start = *self.starts.get(at)? as usize;
        let mut pieces = Pieces { source: self.source, text: &self.text, rest: self.tokens.get(start..)? };
        match pieces.token()? {
            other if other.kind() == TokenKind::Parts => {
                let step = self.others.get(other.start())?;
                Some(Spanned::new(step.id.value.as_str(), step.id.span))
            }
            _ => pieces.key(),
        }
    }

    fn get(&self, at: usize) -> Option<StepOf<'_>> {
        let start = *self.starts.get(at)? as usize;
        let mut pieces = Pieces { source: self.source, text: &self.text, rest: self.tokens.get(start..)? };
        let extent = pieces.token()?;
        if extent.kind() == TokenKind::Parts {
            return self.others.get(extent.start()).map(StepOf::Described);
        }
        let span = Span::new(self.source, extent.start(), extent.start() + extent.length());
        let (id, operation, target) = (pieces.key()?, pieces.key()?, pieces.uid()?);
        let by = match pieces.present() {
            Some(_) => Some(pieces.uid()?),
            None => None,
        };
        let with = match pieces.present() {
            Some(map) => {
                let with = pieces;
                pieces.pass_value()?;
                let end = self.end_before(&pieces)?;
                Some((Span::new(self.source, map.start(), end), with))
            }
            None => None,
        };
        let needs = pieces;
        for _ in 0..pieces.count()? {
            pieces.key()?;
        }
        let (title, docs) = (pieces.token()?, pieces.token()?);
        let present = |token: Token| Some(token).filter(|token| token.kind() != TokenKind::End);
        let (title, docs) = (present(title), present(docs));
        Some(StepOf::Plain(PlainStep { span, id, operation, target, by, with, needs, title, docs, pieces }))
    }

    /// Where the value ends that was passed last: the start of its end.
    fn end_before(&self, pieces: &Pieces<'_>) -> Option<usize> {
        let next = self.tokens.len() - pieces.rest.len();
        Some(self.tokens.get(next.checked_sub(1)?)?.start())
    }
}

impl Pieces<'_> {
    /// Passes a value and all that is in it, without recursion.
    fn pass_value(&mut self) -> Option<()> {
        let mut open = 0_usize;
        loop {
            match self.token()?.kind() {
                TokenKind::List | TokenKind::Map => open += 1,
                TokenKind::End => open = open.checked_sub(1)?,
                _ => {}
            }
            if open == 0 {
                return Some(());
            }
        }
    }
}

impl<'a> PlainStep<'a> {
    /// Its title.
    pub fn title(&self) -> Option<Spanned<String>> {
        self.text(self.title?)
    }

    /// Its link to documentation.
    pub fn docs(&self) -> Option<Spanned<String>> {
        self.text(self.docs?)
    }

    fn text(&self, token: Token) -> Option<Spanned<String>> {
        let raw = self.pieces.slice(token)?;
        let value = if token.kind() == TokenKind::Escaped { unescaped(raw) } else { raw.to_owned() };
        Some(Spanned::new(value, self.pieces.span(token)))
    }

    /// What comes first.
    pub fn needs(&self) -> impl Iterator<Item = Spanned<&'a str>> + use<'a> {
        let mut pieces = self.needs;
        let count = pieces.count().unwrap_or_default();
        (0..count).filter_map(move |_| pieces.key())
    }

    /// The text of the context.
    pub fn with_text(&self) -> Option<&'a str> {
        let (span, pieces) = self.with?;
        pieces.text.get(span.range())
    }

    /// The context.
    pub fn with_node(&self) -> Option<Node> {
        let (_, mut pieces) = self.with?;
        pieces.node()
    }

    fn document(&self) -> StepDocument {
        StepDocument {
            span: self.span,
            id: self.id.map(str::to_owned),
            title: self.title(),
            docs: self.docs(),
            by: self.by.map(|by| by.text()),
            operation: self.operation.map(str::to_owned),
            target: self.target.text(),
            with: self.with_node(),
            needs: self.needs().map(|need| need.map(str::to_owned)).collect(),
        }
    }
}

impl<'a> StepOf<'a> {
    /// The step with its values and places.
    pub fn document(&self) -> Cow<'a, StepDocument> {
        match self {
            Self::Plain(step) => Cow::Owned(step.document()),
            Self::Described(step) => Cow::Borrowed(step),
        }
    }

    /// Its id.
    pub fn id(&self) -> Spanned<&'a str> {
        match self {
            Self::Plain(step) => step.id,
            Self::Described(step) => Spanned::new(&step.id.value, step.id.span),
        }
    }

    /// What comes first.
    pub fn needs(&self) -> impl Iterator<Item = Spanned<&'a str>> + use<'a> {
        let (plain, described) = match self {
            Self::Plain(step) => (Some(step.needs()), None),
            Self::Described(step) => (None, Some(step.needs.iter())),
        };
        let described = described.into_iter().flatten();
        plain.into_iter().flatten().chain(described.map(|need| Spanned::new(need.value.as_str(), need.span)))
    }
}
