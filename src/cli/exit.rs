//! The exit codes, the same for every command and every format.

use std::process::ExitCode;

/// What the process says when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: every plan given was judged and approved; or another command did what it was asked.
    Success,
    /// 1: judged, and at least one plan rejected.
    Rejected,
    /// 2: unreadable, malformed or inconsistent input, bad usage or configuration.
    CouldNotJudge,
    /// 3: no plan found, or a plan without steps.
    NothingToJudge,
    /// 70: a bug in the program.
    Bug,
    /// 74: the result could not be written.
    NotWritten,
}

/// The table of the help text.
pub const TABLE: &str = "\
Exit codes:
   0  every plan given was judged and approved
   1  judged, and at least one rejected
   2  could not judge: unreadable, malformed or inconsistent input, bad usage or configuration
   3  nothing to judge: no plan found, or a plan without steps
  70  a bug in the program
  74  the result could not be written";

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Rejected => 1,
            Exit::CouldNotJudge => 2,
            Exit::NothingToJudge => 3,
            Exit::Bug => 70,
            Exit::NotWritten => 74,
        }
    }

    /// The exit of a run from the exits of its parts: 70 over 74 over 2 over 1 over 3 over 0.
    #[must_use]
    pub fn worst(self, other: Exit) -> Exit {
        let rank = |exit: Exit| match exit {
            Exit::Success => 0,
            Exit::NothingToJudge => 1,
            Exit::Rejected => 2,
            Exit::CouldNotJudge => 3,
            Exit::NotWritten => 4,
            Exit::Bug => 5,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Exit; 6] = [
        Exit::Success,
        Exit::Rejected,
        Exit::CouldNotJudge,
        Exit::NothingToJudge,
        Exit::Bug,
        Exit::NotWritten,
    ];

    #[test]
    fn the_help_names_every_code() {
        assert!(ALL.iter().all(|exit| TABLE.contains(&format!("\n{:4}  ", exit.code()))));
    }

    #[test]
    fn only_success_with_success_is_success() {
        for left in ALL {
            for right in ALL {
                let both = left.worst(right);
                assert_eq!(both, right.worst(left));
                assert_eq!(both == Exit::Success, left == Exit::Success && right == Exit::Success);
            }
        }
        assert_eq!(Exit::NothingToJudge.worst(Exit::Rejected), Exit::Rejected);
        assert_eq!(Exit::CouldNotJudge.worst(Exit::Rejected), Exit::CouldNotJudge);
    }
}
