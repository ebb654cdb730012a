//! The colours of the text form; each only repeats what a word beside it says.

use super::Style;

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// All is well.
    Good,
    /// It rejects the plan.
    Bad,
    /// Somebody should look.
    Doubtful,
    /// The way out.
    Help,
    /// The most important words.
    Strong,
    /// Words that may be passed over.
    Faint,
}

impl Paint {
    fn parameters(self) -> &'static str {
        match self {
            Paint::Good => "32",
            Paint::Bad => "31",
            Paint::Doubtful => "33",
            Paint::Help => "36",
            Paint::Strong => "1",
            Paint::Faint => "2",
        }
    }
}

impl Style {
    /// The text in a colour, or as it is where there are none.
    pub fn paint(&self, paint: Paint, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\u{1b}[{}m{text}\u{1b}[0m", paint.parameters())
        } else {
            text.to_owned()
        }
    }
}
