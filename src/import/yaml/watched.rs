//! The parser's input, which ends the text before the parser keeps too much of it.

use std::cell::Cell;

use saphyr_parser::input::SkipTabs;
use saphyr_parser::{Input, StrInput};

use super::super::limits;

/// A text, up to [`limits::YAML_AHEAD`] indicators before the next event.
///
/// Where a bracket may begin a key, the parser keeps every token up to its closing bracket, some
/// hundred bytes for each byte of the file. This ends the text for it when it has kept too many.
/// All else is what [`StrInput`] does.
pub(super) struct Watched<'t, 'c> {
    text: StrInput<'t>,
    ahead: &'c Cell<usize>,
}

impl<'t, 'c> Watched<'t, 'c> {
    /// Begins a text; the cell counts the indicators, and whoever takes an event clears it.
    pub fn new(text: &'t str, ahead: &'c Cell<usize>) -> Self {
        Self { text: StrInput::new(text), ahead }
    }
}

impl Input for Watched<'_, '_> {
    fn skip(&mut self) {
        if matches!(self.text.peek(), ',' | '[' | '{' | ':') {
            self.ahead.set(self.ahead.get() + 1);
            if self.ahead.get() > limits::YAML_AHEAD {
                self.text = StrInput::new("");
            }
        }
        self.text.skip();
    }

    fn raw_read_non_breakz_ch(&mut self) -> Option<char> {
        self.text.raw_read_non_breakz_ch()
    }

    fn skip_ws_to_eol(&mut self, tabs: SkipTabs) -> (usize, Result<SkipTabs, &'static str>) {
        self.text.skip_ws_to_eol(tabs)
    }

    fn lookahead(&mut self, count: usize) {
        self.text.lookahead(count);
    }

    fn buflen(&self) -> usize {
        self.text.buflen()
    }

    fn bufmaxlen(&self) -> usize {
        self.text.bufmaxlen()
    }

    fn raw_read_ch(&mut self) -> char {
        self.text.raw_read_ch()
    }

    fn skip_n(&mut self, count: usize) {
        self.text.skip_n(count);
    }

    fn peek(&self) -> char {
        self.text.peek()
    }

    fn peek_nth(&self, at: usize) -> char {
        self.text.peek_nth(at)
    }

    fn peek_opt(&self) -> Option<char> {
        self.text.peek_opt()
    }

    fn next_2_are(&self, first: char, second: char) -> bool {
        self.text.next_2_are(first, second)
    }

    fn next_3_are(&self, first: char, second: char, third: char) -> bool {
        self.text.next_3_are(first, second, third)
    }

    fn next_is_document_indicator(&self) -> bool {
        self.text.next_is_document_indicator()
    }

    fn next_is_document_start(&self) -> bool {
        self.text.next_is_document_start()
    }

    fn next_is_document_end(&self) -> bool {
        self.text.next_is_document_end()
    }

    fn skip_while_non_breakz(&mut self) -> usize {
        self.text.skip_while_non_breakz()
    }

    fn skip_while_blank(&mut self) -> usize {
        self.text.skip_while_blank()
    }

    fn next_is_blank_or_break(&self) -> bool {
        self.text.next_is_blank_or_break()
    }

    fn next_is_blank_or_breakz(&self) -> bool {
        self.text.next_is_blank_or_breakz()
    }

    fn next_is_blank(&self) -> bool {
        self.text.next_is_blank()
    }

    fn next_is_break(&self) -> bool {
        self.text.next_is_break()
    }

    fn next_is_breakz(&self) -> bool {
        self.text.next_is_breakz()
    }

    fn next_is_z(&self) -> bool {
        self.text.next_is_z()
    }

    fn next_is_flow(&self) -> bool {
        self.text.next_is_flow()
    }
}
