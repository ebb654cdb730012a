//! A look at Cedar text before Cedar's parser, which recurses, sees it.

use crate::diagnostic::{Code, Diagnostic, Sink};
use crate::source::{SourceId, Span};

/// How deep brackets may nest in a policy, schema or expression.
pub(super) const MAX_NESTING: usize = 64;

/// How many operators and keywords one policy may hold; each can add a level to its syntax tree.
pub(super) const MAX_OPERATORS: usize = 4_096;

/// How many `!` or `-` may follow each other.
const MAX_PREFIXES: usize = 64;

/// How many attributes one expression may follow one after the other, `a.b.c`.
const MAX_CHAIN: usize = 64;

/// The stack of a thread that parses or validates; safe for the limits above with a wide margin.
pub(super) const STACK: usize = 256 << 20;

/// Says whether a Cedar text stays within the limits, and reports where it does not.
pub(super) fn check(source: SourceId, text: &str, sink: &mut Sink) -> bool {
    match first_excess(text) {
        None => true,
        Some((offset, what)) => {
            let span = Span::new(source, offset, offset + 1);
            sink.push(
                Diagnostic::new(Code::Limit, what)
                    .label(span, "here")
                    .hint("split the policy into several, or the condition into simpler ones"),
            );
            false
        }
    }
}

/// The first place where a text exceeds a limit, with a sentence.
pub(super) fn first_excess(text: &str) -> Option<(usize, String)> {
    let mut depth = 0_usize;
    let mut operators = 0_usize;
    let mut prefixes = 0_usize;
    let mut chain = 0_usize;
    for (offset, token) in Tokens::new(text) {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth = depth.saturating_sub(1),
            Token::End => (depth, operators, chain) = (0, 0, 0),
            Token::Prefix | Token::Operator => (operators, chain) = (operators + 1, 0),
            Token::Member => (operators, chain) = (operators + 1, chain + 1),
            Token::Separator => chain = 0,
            Token::Other => {}
        }
        prefixes = if matches!(token, Token::Prefix) { prefixes + 1 } else { 0 };
        if chain > MAX_CHAIN {
            return Some((
                offset,
                format!("an expression follows more than {MAX_CHAIN} attributes one after the other"),
            ));
        }
        if depth > MAX_NESTING || prefixes > MAX_PREFIXES {
            return Some((offset, format!("the text nests more than {MAX_NESTING} deep")));
        }
        if operators > MAX_OPERATORS {
            return Some((offset, format!("a policy has more than {MAX_OPERATORS} operators")));
        }
    }
    None
}

/// The places after which a text of policies can be split: its `;`, strings and comments left aside.
pub(super) fn policy_ends(text: &str) -> impl Iterator<Item = usize> {
    Tokens::new(text).filter(|(_, token)| matches!(token, Token::End)).map(|(at, _)| at + 1)
}

/// Where the body of a schema's only namespace begins, and where its declarations end; `None` for another text.
pub(super) fn declarations(text: &str) -> Option<(usize, Vec<usize>)> {
    let (mut depth, mut body, mut ends) = (0_usize, None, Vec::new());
    let mut closed = false;
    for (at, token) in Tokens::new(text) {
        if closed {
            return None;
        }
        let is_brace = matches!(text.as_bytes().get(at), Some(b'{' | b'}'));
        match token {
            Token::Open if depth == 0 && is_brace => (depth, body) = (1, Some(at + 1)),
            Token::Open => depth += 1,
            Token::Close => {
                depth = depth.checked_sub(1)?;
                closed = depth == 0 && is_brace;
            }
            Token::End if depth == 0 => return None,
            Token::End if depth == 1 => ends.push(at + 1),
            _ => {}
        }
    }
    Some((body.filter(|_| closed)?, ends))
}

enum Token {
    Open,
    Close,
    End,
    Prefix,
    Operator,
    Member,
    Separator,
    Other,
}

/// The tokens that can deepen a syntax tree; strings and comments are passed over.
struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.rest().first() {
            self.at += if *byte == b'\\' { 2 } else { 1 };
            if *byte == b'"' {
                break;
            }
        }
    }

    fn skip_word(&mut self) -> &'a [u8] {
        let word = self.rest();
        let length =
            word.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').unwrap_or(word.len());
        self.at += length.max(1);
        word.get(..length).unwrap_or_default()
    }
}

impl Iterator for Tokens<'_> {
    type Item = (usize, Token);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.at;
            let token = match self.rest() {
                [] => return None,
                [b'"', ..] => {
                    self.skip_string();
                    Token::Other
                }
                [b'/', b'/', ..] => {
                    self.at +=
                        self.rest().iter().position(|byte| *byte == b'\n').unwrap_or(self.rest().len());
                    continue;
                }
                [byte, ..] if byte.is_ascii_whitespace() => {
                    self.at += 1;
                    continue;
                }
                [b'(' | b'[' | b'{', ..] => self.one(Token::Open),
                // `a["b"]["c"]` is a chain like `a.b.c`.
                [b']', b'[', ..] => {
                    self.at += 1;
                    self.one(Token::Member)
                }
                [b')' | b']' | b'}', ..] => self.one(Token::Close),
                [b';', ..] => self.one(Token::End),
                [b',', ..] => self.one(Token::Separator),
                [b'!' | b'-', ..] => self.one(Token::Prefix),
                [b'.', ..] => self.one(Token::Member),
                [b'&' | b'|' | b'+' | b'*' | b'<' | b'>' | b'=', ..] => self.one(Token::Operator),
                [byte, ..] if byte.is_ascii_alphanumeric() => match self.skip_word() {
                    b"if" | b"then" | b"else" => Token::Operator,
                    b"in" | b"has" | b"like" | b"is" => Token::Operator,
                    _ => Token::Other,
                },
                _ => self.one(Token::Other),
            };
            return Some((start, token));
        }
    }
}

impl Tokens<'_> {
    fn one(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }
}

/// Runs work that recurses as deep as a policy nests on a thread with enough stack.
///
/// # Panics
/// When the work panics, with the same message.
pub(super) fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        match thread.expect("the system can start a thread").join() {
            Ok(value) => value,
            Err(cause) => std::panic::resume_unwind(cause),
        }
    })
}

/// The results of two pieces of work that are done at the same time.
pub(super) fn both<A, B: Send>(one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, other);
        let own = one();
        match thread.expect("the system can start a thread").join() {
            Ok(theirs) => (own, theirs),
            Err(cause) => std::panic::resume_unwind(cause),
        }
    })
}

/// The results of work on each item, in order; with several threads where each has at least `least` items.
pub(super) fn map_with_stack<T: Sync, R: Send>(
    items: &[T],
    least: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len() / least.max(1));
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let share = items.len().div_ceil(threads);
    let work = &work;
    std::thread::scope(|scope| {
        let mut chunks = items.chunks(share);
        let own = chunks.next().unwrap_or_default();
        let running: Vec<_> = chunks
            .map(|chunk| {
                let builder = std::thread::Builder::new().stack_size(STACK);
                (chunk, builder.spawn_scoped(scope, move || chunk.iter().map(work).collect::<Vec<R>>()))
            })
            .collect();
        let mut results: Vec<R> = own.iter().map(work).collect();
        for (chunk, thread) in running {
            match thread {
                Ok(thread) => {
                    results.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
                }
                Err(_) => results.extend(chunk.iter().map(work)),
            }
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_limited_outside_of_strings_and_comments() {
        let deep = |n: usize| {
            format!("permit(principal, action, resource) when {{ {}true{} }};", "(".repeat(n), ")".repeat(n))
        };
        assert!(first_excess(&deep(60)).is_none());
        assert!(first_excess(&deep(64)).is_some());
        assert!(first_excess(&"!".repeat(65)).is_some());
        assert!(first_excess(&format!("\"{}\" // {}", "(".repeat(100), "(".repeat(100))).is_none());
        assert!(first_excess(&format!("a{}", ".b".repeat(65))).is_some());
        assert!(first_excess(&format!("a{}", "[\"b\"]".repeat(66))).is_some());
        assert!(first_excess(&"a.b < c.d && ".repeat(200)).is_none());
    }
}
