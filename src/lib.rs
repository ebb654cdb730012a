//! Judges plans: validates them, authorises every step in the state that the earlier steps leave
//! behind, and explains each decision.
//!
//! A **plan** is a graph of steps, each an operation by a principal on a resource. An **estate** is the
//! world before the plan. A **bundle** is a Cedar schema, Cedar policies and a catalogue that says what
//! each operation changes. [`check::check`] is the whole journey.
//!
//! # Map
//!
//! A module uses only the floors below its own; a test holds the map.
//!
//! | floor | module | what it is |
//! |---|---|---|
//! | 9 | [`cli`] | The doors: arguments, exit codes and the terminal. |
//! | 8 | [`load`] | The only reader of disks: files, folders and standard input to texts. |
//! | 7 | [`check`] | Judges plans: the whole journey, from texts to reports. |
//! | 7 | [`impact`] | What a plan makes possible and impossible, and for whom. |
//! | 7 | [`rights`] | The rights that each phase of a plan needs, from the policies alone. |
//! | 7 | [`who_can`] | Who may do an action to a resource, and through what. |
//! | 6 | [`explain`] | A judgement in words: what was found, why, and what would mend it. |
//! | 6 | [`remedy`] | What would make a step allowed: changes that were made and judged again before they are told. |
//! | 5 | [`decide`] | The decision of every step, and the verdict. |
//! | 4 | [`policy`] | Bundles compiled with Cedar, and Cedar's answers about one request in one state. |
//! | 4 | [`simulate`] | States along the step graph. |
//! | 3 | [`import`] | Texts to documents, with every problem of a file reported at its place. |
//! | 3 | [`resolve`] | Documents to a plan and an estate: every name resolved, every value converted, every order known. |
//! | 2 | [`document`] | What a file says, with the place of every scalar. |
//! | 2 | [`model`] | Plans, estates and states in the engine's own terms. |
//! | 2 | [`report`] | The one account of a judgement that every output is made from. |
//! | 1 | [`diagnostic`] | Messages about the user's text, and the table of their codes. |
//! | 0 | [`graph`] | Directed graphs without cycles: order, waves, and the shortest cycle where there is one. |
//! | 0 | [`parallel`] | Work on many items by several threads, with the results in the order of the items. |
//! | 0 | [`progress`] | How far long work is, for whoever wants to show it. |
//! | 0 | [`source`] | The texts the program was given, and positions in them. |

pub mod check;
pub mod cli;
pub mod decide;
pub mod diagnostic;
pub mod document;
pub mod explain;
pub mod graph;
pub mod impact;
pub mod import;
pub mod load;
pub mod model;
pub mod parallel;
pub mod policy;
pub mod progress;
pub mod remedy;
pub mod report;
pub mod resolve;
pub mod rights;
pub mod simulate;
pub mod source;
pub mod who_can;
