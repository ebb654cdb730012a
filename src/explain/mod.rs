//! A judgement in words: what was found, why, and what would mend it.

mod doings;
mod findings;
mod orders;
mod overrides;
mod rights;
mod trees;
mod words;

pub use findings::{Explanation, Found, Teller, Told, Used, explain, is_plain_denial, is_unremarkable};
pub use overrides::is_used;
pub use trees::{Examined, Examiner};
