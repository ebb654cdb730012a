//! One pass over JSON, which gives up where there is anything to say.

use super::super::limits;
use super::super::native::is_type_name;
use super::Keyed;
use crate::document::{Token, TokenKind, split_uid};

/// How deep values may nest here.
const NESTING: usize = 16;

/// How many keys of one mapping are compared here.
const KEYS: usize = 64;

/// The fields of an entity in the order of their tokens.
const ENTITY: [&str; 4] = ["uid", "parents", "attrs", "tags"];

/// The fields of a step in the order of their tokens.
const STEP: [&str; 8] = ["id", "do", "target", "by", "with", "needs", "title", "docs"];

/// A place in a text, and the tokens of what was passed.
pub(super) struct Scan<'t, 'o> {
    pub bytes: &'t [u8],
    pub text: &'t str,
    /// What is added to places to make them offsets of the file.
    pub start: usize,
    pub at: usize,
    pub tokens: &'o mut Vec<Token>,
}

impl<'t> Scan<'t, '_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Passes a byte after space.
    pub fn byte(&mut self, expected: u8) -> Option<()> {
        self.next_is(expected).then_some(())
    }

    pub fn next_is(&mut self, expected: u8) -> bool {
        self.space();
        let is = self.peek() == Some(expected);
        self.at += usize::from(is);
        is
    }

    fn push(&mut self, kind: TokenKind, start: usize, length: usize) -> Option<usize> {
        self.tokens.push(Token::new(kind, self.start + start, length)?);
        Some(self.tokens.len() - 1)
    }

    fn set(&mut self, token: usize, kind: TokenKind, start: usize, length: usize) -> Option<()> {
        *self.tokens.get_mut(token)? = Token::new(kind, self.start + start, length)?;
        Some(())
    }

    /// Passes a list; calls back before each of its items, which must be passed then.
    pub fn each(&mut self, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.byte(b'[')?;
        let mut first = true;
        while !self.next_is(b']') {
            if !first {
                self.byte(b',')?;
            }
            first = false;
            self.space();
            item(self)?;
        }
        Some(())
    }

    /// Passes a mapping; calls back before each of its values, which must be passed then. A key that is
    /// no plain text ends this.
    pub fn keyed(&mut self, mut value: impl FnMut(&mut Self, &str) -> Option<()>) -> Option<Keyed> {
        self.space();
        let mut keyed = Keyed::default();
        let begin = self.at;
        self.byte(b'{')?;
        while keyed.keys.is_empty() || !self.next_is(b'}') {
            if !keyed.keys.is_empty() {
                self.byte(b',')?;
            }
            self.space();
            let (key, before) = (self.at, self.tokens.len());
            let name = self.key()?;
            self.tokens.truncate(before);
            keyed.keys.push(key..self.at);
            self.byte(b':')?;
            self.space();
            keyed.values.push(self.at);
            value(self, name)?;
        }
        keyed.extent = begin..self.at;
        Some(keyed)
    }

    /// A step, with its fields in the order of [`crate::document::PlainSteps`].
    pub fn step(&mut self) -> Option<()> {
        let begin = self.at;
        let extent = self.push(TokenKind::End, begin, 0)?;
        let mut seen = [None; 8];
        self.fields(&STEP, &mut seen, Self::step_field)?;
        self.set(extent, TokenKind::End, begin, self.at - begin)?;
        let required = seen.iter().take(3).all(Option::is_some);
        required.then_some(())?;
        self.arrange(extent + 1, &seen, |field| match field {
            5 => TokenKind::List,
            _ => TokenKind::End,
        })
    }

    fn step_field(&mut self, field: usize) -> Option<()> {
        match field {
            0 => {
                let id = self.key()?;
                let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
                (id.len() <= limits::ID_BYTES && id.bytes().all(plain)).then_some(())
            }
            1 => self.key().map(|_| ()),
            2 | 3 if self.peek() == Some(b'"') => self.uid(),
            4 if self.peek() == Some(b'{') => self.value(0),
            5 => {
                let begin = self.at;
                let list = self.push(TokenKind::List, begin, 0)?;
                let mut count = 0;
                self.each(|scan| {
                    count += 1;
                    scan.key().map(|_| ())
                })?;
                self.set(list, TokenKind::List, begin, count)
            }
            6 => {
                let title = self.string()?;
                (self.tokens.get(title)?.length() <= limits::TITLE_BYTES).then_some(())
            }
            7 => self.string().map(|_| ()),
            _ => None,
        }
    }

    /// An entity: its extent, uid, parents, attributes and tags, in that order whatever the order of its keys.
    pub fn entity(&mut self) -> Option<()> {
        self.space();
        let begin = self.at;
        let extent = self.push(TokenKind::End, begin, 0)?;
        let mut seen = [None; 4];
        self.fields(&ENTITY, &mut seen, |scan, field| match field {
            0 => scan.uid(),
            1 => scan.parents(),
            _ => scan.map(1).map(|_| ()),
        })?;
        self.set(extent, TokenKind::End, begin, self.at - begin)?;
        self.arrange(extent + 1, &seen, |_| TokenKind::Map)
    }

    /// Passes a mapping with some of these fields, each once; `seen` gets the first token of each.
    fn fields(
        &mut self,
        names: &[&str],
        seen: &mut [Option<usize>],
        mut value: impl FnMut(&mut Self, usize) -> Option<()>,
    ) -> Option<()> {
        self.byte(b'{')?;
        loop {
            self.space();
            let before = self.tokens.len();
            let name = self.key()?;
            self.tokens.truncate(before);
            self.byte(b':')?;
            self.space();
            let field = names.iter().position(|known| *known == name)?;
            let slot = seen.get_mut(field)?;
            if slot.is_some() {
                return None;
            }
            *slot = Some(before);
            value(self, field)?;
            if self.next_is(b'}') {
                return Some(());
            }
            self.byte(b',')?;
        }
    }

    /// Puts fields into their order, and a token in the place of each that is absent.
    fn arrange(
        &mut self,
        first: usize,
        seen: &[Option<usize>],
        absent: impl Fn(usize) -> TokenKind,
    ) -> Option<()> {
        let in_order = seen.iter().flatten().is_sorted();
        seen.first().copied().flatten()?;
        if in_order && seen.iter().all(Option::is_some) {
            return Some(());
        }
        let read: Vec<Token> = self.tokens.drain(first..).collect();
        for (field, start) in seen.iter().copied().enumerate() {
            match start {
                None => self.tokens.push(Token::new(absent(field), 0, 0)?),
                Some(start) => {
                    let end = seen.iter().flatten().filter(|other| **other > start).min();
                    let end = end.map_or(read.len(), |end| end - first);
                    let tokens = read.get(start - first..end)?;
                    self.tokens.extend_from_slice(tokens);
                }
            }
        }
        Some(())
    }

    /// A string without escapes that is not empty, as a token.
    pub fn key(&mut self) -> Option<&'t str> {
        let token = self.string()?;
        let token = *self.tokens.get(token)?;
        let text = self.covered(token)?;
        (token.kind() == TokenKind::Text && !text.is_empty()).then_some(text)
    }

    fn covered(&self, token: Token) -> Option<&'t str> {
        let start = token.start() - self.start;
        self.text.get(start..start + token.length())
    }

    fn string(&mut self) -> Option<usize> {
        if self.peek() != Some(b'"') {
            return None;
        }
        let start = self.at + 1;
        let mut kind = TokenKind::Text;
        let mut at = start;
        loop {
            let rest = self.bytes.get(at..)?;
            at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))?;
            match self.bytes.get(at)? {
                b'"' => break,
                b'\\' if matches!(self.bytes.get(at + 1), Some(b'"' | b'\\' | b'/')) => {
                    kind = TokenKind::Escaped;
                    at += 2;
                }
                _ => return None,
            }
        }
        self.at = at + 1;
        self.push(kind, start, at - start)
    }

    /// A uid: a text with its two quotes escaped, or a type and an id, perhaps inside `__entity`.
    fn uid(&mut self) -> Option<()> {
        self.space();
        if self.peek() == Some(b'"') {
            let token = self.string()?;
            let (type_name, id) = split_uid(self.covered(*self.tokens.get(token)?)?)?;
            return (is_type_name(type_name) && !id.is_empty() && id.len() <= 256).then_some(());
        }
        let begin = self.at;
        let whole = self.push(TokenKind::Parts, begin, 0)?;
        self.parts(true)?;
        self.set(whole, TokenKind::Parts, begin, self.at - begin)
    }

    fn parts(&mut self, may_wrap: bool) -> Option<()> {
        self.byte(b'{')?;
        self.space();
        let before = self.tokens.len();
        let first = self.key()?;
        self.tokens.truncate(before);
        self.byte(b':')?;
        self.space();
        if first == "__entity" && may_wrap {
            self.parts(false)?;
            return self.byte(b'}');
        }
        let one = self.key()?;
        self.byte(b',')?;
        self.space();
        let second = self.key()?;
        self.tokens.truncate(before + 1);
        self.byte(b':')?;
        self.space();
        let other = self.key()?;
        let (type_name, id) = match (first, second) {
            ("type", "id") => (one, other),
            ("id", "type") => {
                self.tokens.swap(before, before + 1);
                (other, one)
            }
            _ => return None,
        };
        self.byte(b'}')?;
        (is_type_name(type_name) && id.len() <= 256).then_some(())
    }

    fn parents(&mut self) -> Option<()> {
        self.space();
        let begin = self.at;
        let list = self.push(TokenKind::List, begin, 0)?;
        self.byte(b'[')?;
        let mut count = 0;
        while !self.next_is(b']') {
            if count > 0 {
                self.byte(b',')?;
            }
            self.uid()?;
            count += 1;
        }
        self.set(list, TokenKind::List, begin, count)
    }

    /// A mapping without its end; gives the place of its token.
    fn map(&mut self, depth: usize) -> Option<usize> {
        self.space();
        let begin = self.at;
        let map = self.push(TokenKind::Map, begin, 0)?;
        self.byte(b'{')?;
        let mut keys: Vec<&str> = Vec::new();
        while !self.next_is(b'}') {
            if !keys.is_empty() {
                self.byte(b',')?;
                self.space();
            }
            let key = self.key()?;
            if keys.contains(&key) || keys.len() >= KEYS {
                return None;
            }
            keys.push(key);
            self.byte(b':')?;
            self.value(depth)?;
        }
        self.set(map, TokenKind::Map, begin, keys.len())?;
        Some(map)
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        self.space();
        let begin = self.at;
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' if depth < NESTING => {
                self.map(depth + 1)?;
                self.push(TokenKind::End, self.at, 0).map(|_| ())
            }
            b'[' if depth < NESTING => {
                let list = self.push(TokenKind::List, begin, 0)?;
                self.at += 1;
                let mut count = 0;
                while !self.next_is(b']') {
                    if count > 0 {
                        self.byte(b',')?;
                    }
                    self.value(depth + 1)?;
                    count += 1;
                }
                self.set(list, TokenKind::List, begin, count)?;
                self.push(TokenKind::End, self.at, 0).map(|_| ())
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            _ => self.integer(),
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let begin = self.at;
        self.bytes.get(begin..)?.starts_with(word.as_bytes()).then_some(())?;
        self.at += word.len();
        self.ends_here()?;
        self.push(TokenKind::Word, begin, word.len()).map(|_| ())
    }

    /// An integer that fits in 64 bits however it is read: at most 18 digits, no leading zero.
    fn integer(&mut self) -> Option<()> {
        let begin = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let digits = self.bytes.get(self.at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let zero = self.peek() == Some(b'0');
        if digits == 0 || digits > 18 || (zero && (digits > 1 || begin < self.at)) {
            return None;
        }
        self.at += digits;
        self.ends_here()?;
        self.push(TokenKind::Integer, begin, self.at - begin).map(|_| ())
    }

    /// Says that a number or word ends where it seems to.
    fn ends_here(&self) -> Option<()> {
        matches!(self.peek(), Some(b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t')).then_some(())
    }

    /// Passes a value of any kind by its brackets and quotes; nothing where they do not close.
    pub fn skip_value(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => self.skip_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' if depth == 0 => return None,
                _ => {
                    self.at += 1;
                    let rest = self.bytes.get(self.at..)?;
                    let ends = |byte: &u8| {
                        matches!(byte, b'"' | b'{' | b'[' | b'}' | b']' | b',' | b' ' | b'\n' | b'\r' | b'\t')
                    };
                    self.at += rest.iter().position(ends)?;
                    if depth == 0 {
                        return Some(());
                    }
                    self.at += usize::from(self.peek() == Some(b','));
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn skip_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let rest = self.bytes.get(self.at..)?;
            self.at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                _ => self.at += 2,
            }
        }
    }
}
