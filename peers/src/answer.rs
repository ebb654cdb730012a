//! What an engine says of one request.

/// Whether a request is allowed, and how many policies decided, where the engine tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub allowed: bool,
    pub determining: Option<usize>,
}

impl Answer {
    /// From the numbers of permits and forbids that apply: a forbid outweighs every permit.
    pub fn of(permits: usize, forbids: usize) -> Self {
        let determining = if forbids > 0 { forbids } else { permits };
        Self { allowed: forbids == 0 && permits > 0, determining: Some(determining) }
    }

    /// Says whether two engines say the same, as far as both say it.
    pub fn agrees(self, other: Self) -> bool {
        let same = match (self.determining, other.determining) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        self.allowed == other.allowed && same
    }
}
