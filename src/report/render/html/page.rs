//! Markup that nothing from an input can become part of.

use std::fmt::Write as _;

use crate::report::render::svg::escaped;
use crate::source::visible;

/// Of longer texts the rest is only counted: one value must not fill a page.
const LONGEST: usize = 6000;

/// A page that is being written. Markup is what the program itself says; any other text is escaped.
#[derive(Debug, Default)]
pub(super) struct Page {
    markup: String,
}

impl Page {
    /// Adds markup.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.markup.push_str(markup);
        self
    }

    /// Adds a text, between tags or between the quotes of an attribute, on one line.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.markup.push_str(&escaped(&clipped(&visible(text))));
        self
    }

    /// Adds a text of several lines.
    pub fn lines(&mut self, text: &str) -> &mut Self {
        for (at, line) in text.lines().enumerate() {
            if at > 0 {
                self.markup.push('\n');
            }
            self.text(line);
        }
        self
    }

    /// Adds a number.
    pub fn number(&mut self, number: usize) -> &mut Self {
        // Writing to a string cannot fail.
        let _ = write!(self.markup, "{number}");
        self
    }

    /// Adds an element that holds a text.
    pub fn element(&mut self, open: &'static str, text: &str, close: &'static str) -> &mut Self {
        self.raw(open).text(text).raw(close)
    }

    /// Adds a picture that the program drew, its labels escaped already.
    pub fn picture(&mut self, svg: &str) -> &mut Self {
        self.markup.push_str(svg);
        self
    }

    /// Adds a link, or only its text where it leads to no web page.
    pub fn web_link(&mut self, address: &str) -> &mut Self {
        if !is_web_address(address) {
            return self.text(address);
        }
        self.raw("<a rel=\"noopener noreferrer\" href=\"").text(address).raw("\">").text(address).raw("</a>")
    }

    /// How many bytes there are so far.
    pub fn len(&self) -> usize {
        self.markup.len()
    }

    /// The whole.
    pub fn into_markup(self) -> String {
        self.markup
    }
}

fn clipped(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        None => text.into(),
        Some((end, _)) => {
            let (head, tail) = text.split_at(end);
            format!("{head}… ({} more characters; the JSON form has them all)", tail.chars().count()).into()
        }
    }
}

/// Says whether an address is plainly one of the web: no other scheme, nothing that needs a second look.
fn is_web_address(address: &str) -> bool {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    let plain =
        |character: char| character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&()*+,;=%".contains(character);
    rest.is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_ascii_alphanumeric()) && rest.chars().all(plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_links() {
        let link = |address: &str| {
            let mut page = Page::default();
            page.web_link(address);
            page.into_markup().contains("<a ")
        };
        assert!(link("https://example.com/runbooks/142?x=1#y"));
        for other in [
            "javascript:alert(1)",
            "https://",
            "https://\"onclick=x",
            "data:text/html,x",
            "//x",
            "https://exämple",
        ] {
            assert!(!link(other), "{other}");
        }
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        let mut page = Page::default();
        page.text(&"<".repeat(LONGEST + 5));
        let markup = page.into_markup();
        assert_eq!(markup.matches("&lt;").count(), LONGEST);
        assert!(markup.ends_with("… (5 more characters; the JSON form has them all)"));
    }
}
