//! Lines with lines below them, drawn with guides.

use super::{Paint, Style, display_width, wrap};

/// However deep a line stands, this much of the width is left for its text.
const NARROWEST: usize = 16;

/// A line, remarks about it, and the lines below it.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    /// A sign before the text, and its colour.
    pub mark: Option<(&'static str, Paint)>,
    /// The text, already fit to be shown.
    pub text: String,
    /// What is remarked about it.
    pub remarks: Vec<String>,
    /// What stands below it.
    pub below: Vec<Branch>,
}

impl Branch {
    /// A line with a sign before it.
    pub(super) fn new(mark: (&'static str, Paint), text: impl Into<String>) -> Self {
        Self { mark: Some(mark), text: text.into(), ..Self::default() }
    }

    /// Draws the line without a guide, and everything below it with guides.
    pub(super) fn draw(&self, style: &Style) -> String {
        let mut text = String::new();
        self.push(&mut text, "", "", style);
        text
    }

    fn push(&self, text: &mut String, first: &str, next: &str, style: &Style) {
        let below = if self.below.is_empty() { "  " } else { guides(style).0 };
        let (mark, paint) = self.mark.unwrap_or(("", Paint::Faint));
        let gap = if mark.is_empty() { String::new() } else { " ".to_owned() };
        let hang = " ".repeat(display_width(mark) + gap.len());
        let width = room(style, display_width(first) + hang.len());
        for (at, line) in wrap(&self.text, width).iter().enumerate() {
            match at {
                0 => text.push_str(&format!("{first}{}{gap}{line}\n", style.paint(paint, mark))),
                _ => text.push_str(&format!("{next}{below}{}{line}\n", hang.get(2..).unwrap_or_default())),
            }
        }
        for remark in &self.remarks {
            let start = format!("{next}{below}  ");
            for line in wrap(remark, room(style, display_width(&start))) {
                text.push_str(&format!("{start}{}\n", style.paint(Paint::Faint, &line)));
            }
        }
        let (_, blank, fork, corner) = (guides(style).0, "  ", guides(style).1, guides(style).2);
        for (at, branch) in self.below.iter().enumerate() {
            let is_last = at + 1 == self.below.len();
            let (own, further) = if is_last { (corner, blank) } else { (fork, guides(style).0) };
            branch.push(text, &clipped(next, own, style), &clipped(next, further, style), style);
        }
    }
}

/// The sign that goes on, the one that branches off, and the one that ends.
fn guides(style: &Style) -> (&'static str, &'static str, &'static str) {
    if style.unicode { ("│ ", "├ ", "└ ") } else { ("| ", "|-", "`-") }
}

fn room(style: &Style, used: usize) -> usize {
    style.width.map_or(usize::MAX, |width| width.saturating_sub(used).max(1))
}

/// Guides for a line; those that would take the room of its text are left out from the left.
fn clipped(guide: &str, own: &str, style: &Style) -> String {
    let whole = format!("{guide}{own}");
    let most = style.width.map_or(usize::MAX, |width| width.saturating_sub(NARROWEST + 6).max(2));
    let excess = display_width(&whole).saturating_sub(most);
    whole.chars().skip(excess).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deep(levels: usize) -> Branch {
        let below = if levels == 0 {
            Vec::new()
        } else {
            vec![deep(levels - 1), Branch::new(("+", Paint::Good), "leaf")]
        };
        let remarks = vec!["a remark of some length".to_owned()];
        Branch { remarks, below, ..Branch::new(("x", Paint::Bad), format!("level {levels} of the tree")) }
    }

    #[test]
    fn lines_fit_however_deep_they_stand_and_are_ascii_where_they_must() {
        for width in [20, 40, 80] {
            let style = Style { width: Some(width), unicode: false, ..Style::plain() };
            let text = deep(30).draw(&style);
            assert!(text.is_ascii() && text.lines().all(|line| line.len() <= width), "{width}:\n{text}");
        }
    }

    #[test]
    fn guides_lead_to_each_line() {
        let text = deep(1).draw(&Style::plain());
        let expected = "\
x level 1 of the tree
│   a remark of some length
├ x level 0 of the tree
│     a remark of some length
└ + leaf
";
        assert_eq!(text, expected);
    }
}
