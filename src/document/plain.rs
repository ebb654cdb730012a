//! Entities that are written plainly in JSON, kept as places in their text.

use std::sync::Arc;

use super::{Account, EntityDocument, Node, NodeKind};
use crate::source::{SourceId, Span, Spanned};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A string without escapes; its extent is what stands between the quotes.
    Text,
    /// A string with no other escapes than `\"`, `\\` and `\/`; its extent is as that of a text.
    Escaped,
    /// A decimal integer within 64 bits.
    Integer,
    /// `true` or `false`.
    Word,
    /// A list of so many values, which follow, with an end.
    List,
    /// A mapping of so many keys and values, which follow, with an end.
    Map,
    /// One past the end of a list or mapping, or a record; only its start counts.
    End,
    /// A uid as a mapping; its type and id follow, each a text.
    Parts,
}

const KINDS: [TokenKind; 8] = [
    TokenKind::Text,
    TokenKind::Escaped,
    TokenKind::Integer,
    TokenKind::Word,
    TokenKind::List,
    TokenKind::Map,
    TokenKind::End,
    TokenKind::Parts,
];

/// A piece of a text in eight bytes: what it is, where it begins, and how long it is or how much follows.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    start: u32,
    word: u32,
}

impl Token {
    /// Makes a token; nothing where the length does not fit.
    pub fn new(kind: TokenKind, start: usize, length: usize) -> Option<Self> {
        let length = u32::try_from(length).ok().filter(|length| *length < 1 << 29)?;
        Some(Self { start: u32::try_from(start).ok()?, word: (kind as u32) << 29 | length })
    }

    /// What it is.
    pub fn kind(self) -> TokenKind {
        KINDS.get((self.word >> 29) as usize).copied().unwrap_or(TokenKind::End)
    }

    /// The offset of its first byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// How many bytes it is long, or how much follows.
    pub fn length(self) -> usize {
        (self.word & ((1 << 29) - 1)) as usize
    }
}

/// The entities of a file that are written plainly: no more is kept of them than where things stand.
///
/// A record is its extent, its uid, its parents, its attributes and its tags.
#[derive(Clone, Debug)]
pub struct PlainEntities {
    source: SourceId,
    text: Arc<String>,
    tokens: Arc<Vec<Token>>,
    starts: Arc<Vec<u32>>,
}

/// A record of [`PlainEntities`].
#[derive(Clone, Copy, Debug)]
pub struct PlainEntity<'a> {
    source: SourceId,
    text: &'a str,
    tokens: &'a [Token],
}

/// A uid as it is written: as one text, or as a type and an id.
#[derive(Clone, Copy, Debug)]
pub struct PlainUid<'a> {
    /// The type, with or without a namespace.
    pub type_name: &'a str,
    /// The id, without escapes.
    pub id: &'a str,
    /// Where it stands.
    pub span: Span,
}

impl PlainEntities {
    /// Takes the tokens of a text, and where each record begins in them.
    pub fn new(source: SourceId, text: Arc<String>, tokens: Vec<Token>, starts: Vec<u32>) -> Self {
        Self { source, text, tokens: Arc::new(tokens), starts: Arc::new(starts) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// One of them.
    pub fn get(&self, at: usize) -> Option<PlainEntity<'_>> {
        let start = *self.starts.get(at)? as usize;
        let end = self.starts.get(at + 1).map_or(self.tokens.len(), |end| *end as usize);
        let tokens = self.tokens.get(start..end)?;
        Some(PlainEntity { source: self.source, text: &self.text, tokens })
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = PlainEntity<'_>> {
        (0..self.len()).filter_map(|at| self.get(at))
    }
}

impl<'a> PlainEntity<'a> {
    /// Where the record stands.
    pub fn span(&self) -> Span {
        let token = self.tokens.first();
        let (start, length) = token.map_or((0, 0), |token| (token.start(), token.length()));
        Span::new(self.source, start, start + length)
    }

    /// Its uid.
    pub fn uid(&self) -> Option<PlainUid<'a>> {
        self.pieces().uid()
    }

    /// Its pieces from the uid on: the uid, the parents, the attributes, the tags.
    pub fn pieces(&self) -> Pieces<'a> {
        Pieces { source: self.source, text: self.text, rest: self.tokens.get(1..).unwrap_or_default() }
    }

    /// The record with its values and their places.
    pub fn document(&self) -> Option<EntityDocument> {
        let mut pieces = self.pieces();
        let uid = pieces.uid()?.text();
        let parents = (0..pieces.count()?).map(|_| Some(pieces.uid()?.text()));
        let parents = parents.collect::<Option<Vec<_>>>()?;
        let (attributes, tags) = (pieces.entries()?, pieces.entries()?);
        let account = Account::Described;
        Some(EntityDocument { span: self.span(), uid, parents, attributes, tags, account })
    }
}

impl PlainUid<'_> {
    /// The uid as Cedar writes it.
    pub(super) fn text(&self) -> Spanned<String> {
        Spanned::new(format!("{}::\"{}\"", self.type_name, self.id), self.span)
    }
}

/// Reads the tokens of a record one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Pieces<'a> {
    pub(super) source: SourceId,
    pub(super) text: &'a str,
    pub(super) rest: &'a [Token],
}

impl<'a> Pieces<'a> {
    /// The next token.
    pub fn token(&mut self) -> Option<Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// The next token, which stays the next.
    pub fn peek(&self) -> Option<Token> {
        self.rest.first().copied()
    }

    /// How many parents, attributes or tags come next.
    pub fn count(&mut self) -> Option<usize> {
        Some(self.token()?.length())
    }

    /// What a token covers.
    pub fn slice(&self, token: Token) -> Option<&'a str> {
        self.text.get(token.start()..token.start() + token.length())
    }

    /// The next token, where it is not an end; an end, which stands for what is absent, is passed.
    pub fn present(&mut self) -> Option<Token> {
        match self.peek()?.kind() {
            TokenKind::End => {
                self.token();
                None
            }
            _ => self.peek(),
        }
    }

    /// A key, which is a text.
    pub fn key(&mut self) -> Option<Spanned<&'a str>> {
        let token = self.token()?;
        Some(Spanned::new(self.slice(token)?, self.quoted(token)))
    }

    /// Where a string stands, with its quotes.
    pub fn span(&self, token: Token) -> Span {
        self.quoted(token)
    }

    fn quoted(&self, token: Token) -> Span {
        Span::new(self.source, token.start().saturating_sub(1), token.start() + token.length() + 1)
    }

    /// A uid, as one text or as a type and an id; nothing where the next token is no uid.
    pub fn uid(&mut self) -> Option<PlainUid<'a>> {
        let token = self.token()?;
        if token.kind() == TokenKind::Parts {
            let (type_token, id_token) = (self.token()?, self.token()?);
            let (type_name, id) = (self.slice(type_token)?, self.slice(id_token)?);
            let span = Span::new(self.source, token.start(), token.start() + token.length());
            return Some(PlainUid { type_name, id, span });
        }
        let (type_name, id) = split_uid(self.slice(token)?)?;
        Some(PlainUid { type_name, id, span: self.quoted(token) })
    }

    fn entries(&mut self) -> Option<Vec<(Spanned<String>, Node)>> {
        let count = self.count()?;
        let entry = |_| {
            let key = self.key()?.map(str::to_owned);
            Some((key, self.node()?))
        };
        (0..count).map(entry).collect()
    }

    /// A value; nested as deep as a node may be.
    pub fn node(&mut self) -> Option<Node> {
        let token = self.token()?;
        let start = token.start();
        let bare = Span::new(self.source, start, start + token.length());
        let (kind, span) = match token.kind() {
            TokenKind::Text => (NodeKind::String(self.slice(token)?.to_owned()), self.quoted(token)),
            TokenKind::Escaped => (NodeKind::String(unescaped(self.slice(token)?)), self.quoted(token)),
            TokenKind::Integer => (NodeKind::Integer(self.slice(token)?.parse().ok()?), bare),
            TokenKind::Word => (NodeKind::Bool(self.slice(token)? == "true"), bare),
            TokenKind::List => {
                let items = (0..token.length()).map(|_| self.node()).collect::<Option<Vec<_>>>()?;
                (NodeKind::List(items), Span::new(self.source, start, self.token()?.start()))
            }
            TokenKind::Map => {
                let entry = |_| {
                    let key = self.key()?.map(str::to_owned);
                    Some((key, self.node()?))
                };
                let entries = (0..token.length()).map(entry).collect::<Option<Vec<_>>>()?;
                (NodeKind::Map(entries), Span::new(self.source, start, self.token()?.start()))
            }
            TokenKind::End | TokenKind::Parts => return None,
        };
        Some(Node { span, kind })
    }
}

/// The type and the id of a uid whose only escapes are those of its two quotes.
pub fn split_uid(text: &str) -> Option<(&str, &str)> {
    let (type_name, rest) = text.split_once("::\\\"")?;
    let id = rest.strip_suffix("\\\"")?;
    (!id.contains('\\')).then_some((type_name, id))
}

/// A text without the backslashes before `"`, `\` and `/`.
pub fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut characters = after.chars();
        plain.extend(characters.next());
        rest = characters.as_str();
    }
    plain.push_str(rest);
    plain
}
