//! The controls of common frameworks that a check supports, by their numbers.

use super::Code;

/// What the table says about one control; only numbers are the framework's, all words are ours.
#[derive(Clone, Copy, Debug)]
pub struct ControlRow {
    /// The framework and the number.
    pub number: &'static str,
    /// What an assessor wants to see, in our words.
    pub asks: &'static str,
    /// What of a report answers it.
    pub evidence: Evidence,
    /// The codes of the findings that bear on it.
    pub codes: &'static [Code],
}

/// What of a report answers a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The decision of every step, with the policies that made it.
    Decisions,
    /// Approvals by somebody else than the author.
    Approvals,
    /// An author, and approvals by somebody else.
    Separation,
    /// The rights that the steps used, and what of them the plan gave.
    Rights,
    /// The digests of everything that was read.
    Digests,
    /// Who did what to what, when, by which rule, with which outcome.
    Records,
    /// Nothing in the report; another command answers it.
    Elsewhere(&'static str),
    /// Nothing that this program does.
    NotInScope(&'static str),
}

const REFUSED: &[Code] = &[
    Code::Denied,
    Code::Missing,
    Code::Indeterminate,
    Code::Inapplicable,
    Code::OrderDependent,
    Code::TooManyOrders,
    Code::UnknownLiteral,
    Code::PermitError,
    Code::BlanketPermit,
    Code::OptionalAttribute,
];

const PRIVILEGE: &[Code] =
    &[Code::SelfEscalation, Code::GrantedInPlan, Code::StandingAccess, Code::BlanketPermit, Code::Denied];

const SEPARATION: &[Code] =
    &[Code::SelfEscalation, Code::WrongAuthor, Code::UncountedApproval, Code::GateChanged];

const CHANGE: &[Code] = &[
    Code::Denied,
    Code::OrderDependent,
    Code::ConflictingChanges,
    Code::StaleApproval,
    Code::UncountedApproval,
    Code::Override,
    Code::GateChanged,
];

/// Every control that the program knows, in the order of the manual.
pub static CONTROLS: &[ControlRow] = &[
    ControlRow {
        number: "NIST AC-2",
        asks: "which accounts exist, and that absent or ambiguous ones are not used",
        evidence: Evidence::NotInScope("accounts are managed where the estate is exported from"),
        codes: &[Code::Missing, Code::LookAlike, Code::UnknownLiteral],
    },
    ControlRow {
        number: "NIST AC-3",
        asks: "that access is decided by approved rules, and the records of it",
        evidence: Evidence::Decisions,
        codes: REFUSED,
    },
    ControlRow {
        number: "NIST AC-5",
        asks: "which duties are separated, and that they were",
        evidence: Evidence::Separation,
        codes: SEPARATION,
    },
    ControlRow {
        number: "NIST AC-6",
        asks: "which privileges were used, and that no more are given than needed",
        evidence: Evidence::Rights,
        codes: PRIVILEGE,
    },
    ControlRow {
        number: "NIST AC-6(9)",
        asks: "a record of each use of a privileged function",
        evidence: Evidence::Records,
        codes: &[],
    },
    ControlRow {
        number: "NIST AU-2",
        asks: "which events are recorded, and why",
        evidence: Evidence::Records,
        codes: &[],
    },
    ControlRow {
        number: "NIST AU-3",
        asks: "that a record says what, when, where, by whom, and with which outcome",
        evidence: Evidence::Records,
        codes: &[],
    },
    ControlRow {
        number: "NIST AU-9",
        asks: "that records are protected against change",
        evidence: Evidence::NotInScope("a report is a file; keep it where authors of plans cannot write"),
        codes: &[],
    },
    ControlRow {
        number: "NIST AU-10",
        asks: "evidence that a person did what is recorded, which the person cannot deny",
        evidence: Evidence::NotInScope("names in plans and approvals are not signatures"),
        codes: &[],
    },
    ControlRow {
        number: "NIST AU-12",
        asks: "that records are made where the events happen",
        evidence: Evidence::Records,
        codes: &[],
    },
    ControlRow {
        number: "NIST CM-3",
        asks: "that changes are reviewed, decided, recorded, and prohibited until approved",
        evidence: Evidence::Approvals,
        codes: CHANGE,
    },
    ControlRow {
        number: "NIST CM-4",
        asks: "an analysis of what a change affects, before it is made",
        evidence: Evidence::Elsewhere("countersign impact"),
        codes: &[Code::StandingAccess, Code::ConflictingChanges, Code::Inapplicable],
    },
    ControlRow {
        number: "NIST CM-5",
        asks: "who may change, and that it is enforced",
        evidence: Evidence::Decisions,
        codes: &[Code::Denied, Code::WrongAuthor, Code::GateChanged, Code::SelfEscalation],
    },
    ControlRow {
        number: "NIST SI-7",
        asks: "that what was checked is what was meant, byte for byte",
        evidence: Evidence::Digests,
        codes: &[Code::StaleApproval, Code::GateChanged],
    },
    ControlRow {
        number: "SOC 2 CC6.1",
        asks: "that logical access is restricted by rules",
        evidence: Evidence::Decisions,
        codes: REFUSED,
    },
    ControlRow {
        number: "SOC 2 CC6.2",
        asks: "that access is given only after somebody authorised it",
        evidence: Evidence::Rights,
        codes: PRIVILEGE,
    },
    ControlRow {
        number: "SOC 2 CC6.3",
        asks: "that access follows roles, least privilege and separation of duties",
        evidence: Evidence::Rights,
        codes: PRIVILEGE,
    },
    ControlRow {
        number: "SOC 2 CC8.1",
        asks: "that each change is described, tested and approved by another person before it is made",
        evidence: Evidence::Approvals,
        codes: CHANGE,
    },
    ControlRow {
        number: "ISO 27001 A.5.3",
        asks: "which duties conflict, and that they are separated",
        evidence: Evidence::Separation,
        codes: SEPARATION,
    },
    ControlRow {
        number: "ISO 27001 A.8.2",
        asks: "which privileged rights there are, who gave them, and until when",
        evidence: Evidence::Rights,
        codes: PRIVILEGE,
    },
    ControlRow {
        number: "ISO 27001 A.8.32",
        asks: "that changes follow a procedure, with independent review and a complete record",
        evidence: Evidence::Approvals,
        codes: CHANGE,
    },
    ControlRow {
        number: "PCI DSS 6.5.1",
        asks: "reason, impact, approval, tests and a way back of each change",
        evidence: Evidence::Approvals,
        codes: &[Code::StaleApproval, Code::UncountedApproval, Code::Override],
    },
    ControlRow {
        number: "PCI DSS 6.5.2",
        asks: "that requirements still hold after a significant change",
        evidence: Evidence::NotInScope("a check comes before the change"),
        codes: &[],
    },
    ControlRow {
        number: "PCI DSS 6.5.4",
        asks: "that roles in production and elsewhere are separated",
        evidence: Evidence::Separation,
        codes: SEPARATION,
    },
    ControlRow {
        number: "PCI DSS 7.2.1",
        asks: "that access follows a model by job function",
        evidence: Evidence::Rights,
        codes: PRIVILEGE,
    },
    ControlRow {
        number: "PCI DSS 7.3.3",
        asks: "that what no rule allows is denied",
        evidence: Evidence::Decisions,
        codes: REFUSED,
    },
    ControlRow {
        number: "SOX ITGC change",
        asks: "a complete population of changes, each with request, approval and separation of duties",
        evidence: Evidence::NotInScope(
            "one report is one change; the population is kept by whoever files reports",
        ),
        codes: CHANGE,
    },
];

/// The numbers of the controls that findings of a code bear on.
pub fn controls_of(code: Code) -> impl Iterator<Item = &'static str> {
    CONTROLS.iter().filter(move |row| row.codes.contains(&code)).map(|row| row.number)
}

/// The controls that the text of an annotation names, between commas or semicolons.
pub fn named_controls(annotation: &str) -> impl Iterator<Item = &str> {
    annotation.split([',', ';']).map(str::trim).filter(|control| !control.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_have_distinct_numbers_and_say_what_they_ask() {
        for (at, row) in CONTROLS.iter().enumerate() {
            assert!(!row.asks.is_empty() && !row.asks.ends_with('.'));
            assert!(CONTROLS.iter().skip(at + 1).all(|other| other.number != row.number));
        }
    }

    #[test]
    fn a_denial_bears_on_access_and_a_syntax_error_on_nothing() {
        let of = |code| controls_of(code).collect::<Vec<_>>();
        assert!(of(Code::Denied).contains(&"NIST AC-3") && of(Code::Denied).contains(&"PCI DSS 7.3.3"));
        assert!(of(Code::Syntax).is_empty());
    }

    #[test]
    fn an_annotation_may_name_several_controls() {
        assert_eq!(
            named_controls("NIST AC-6(5), CIS 5.4; ").collect::<Vec<_>>(),
            ["NIST AC-6(5)", "CIS 5.4"]
        );
    }
}
