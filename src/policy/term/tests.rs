//! Terms say what Cedar's evaluator says, or nothing.

use std::collections::BTreeMap;

use super::super::slice;
use super::super::worlds::{self, CONDITIONS, Dice};
use super::*;

/// What the term of each condition says, against Cedar, in many states and for many requests.
#[test]
fn terms_say_what_cedar_says() {
    let all = CONDITIONS.iter().enumerate();
    let policies: String = all
        .map(|(at, text)| format!("@id(\"p{at}\") permit(principal, action, resource) when {{ {text} }};\n"))
        .collect();
    let mut dice = Dice(7);
    let bundle = worlds::compile(&worlds::schema(), &policies, "").unwrap();
    let mut said: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for _ in 0..60 {
        let state = worlds::estate(&mut dice, &bundle, 0);
        for _ in 0..5 {
            worlds::ask(&mut dice, &bundle, 0, |request| {
                let slice = slice::cut(&bundle, &state, request);
                let evaluator =
                    Evaluator::new(request.to_cedar(), &slice.entities, Extensions::all_available());
                for text in CONDITIONS {
                    let cedar: Expr = text.parse().unwrap();
                    let mut literals = Literals::default();
                    let term = compile(&cedar, &mut literals);
                    let literals: Vec<_> = literals.uids().iter().map(|uid| state.intern(uid)).collect();
                    let scene = Scene {
                        state: &state,
                        literals: &literals,
                        principal: state.intern(request.principal),
                        action: state.intern(request.action),
                        resource: state.intern(request.resource),
                        context: state.view(request.context),
                    };
                    let own = term.and_then(|term| truth(&term, &scene));
                    let cedars = evaluator.interpret(&cedar, &SlotEnv::new());
                    let counts = said.entry(text).or_default();
                    match (own, cedars) {
                        (None, Err(_)) => counts[2] += 1,
                        (None, Ok(_)) => counts[3] += 1,
                        (Some(own), cedars) => {
                            let Ok(cedars) = cedars else { panic!("{text}: {own}, and Cedar fails") };
                            assert_eq!(cedars, own.into(), "{text} {request:?}");
                            counts[usize::from(own)] += 1;
                        }
                    }
                }
            });
        }
    }
    let silent: Vec<_> = said.iter().filter(|(_, counts)| counts[3] > 0).map(|(text, _)| *text).collect();
    let expected = [
        "action in Action::\"all\"",
        "context.inner == context.inner",
        "principal in principal.teams",
        "principal.net.isInRange(ip(\"192.0.2.0/24\"))",
    ];
    assert_eq!(silent, expected, "what has no term, and only that, is left to Cedar");
    let failing = said.values().filter(|counts| counts[2] > 0).count();
    assert!(failing > 5, "hardly any condition ever fails: {said:?}");
}

#[test]
fn deep_conditions_are_left_to_cedar() {
    let deep = vec!["principal.level > 1"; 400].join(" && ");
    assert!(compile(&deep.parse().unwrap(), &mut Literals::default()).is_none());
    let shallow = vec!["principal.level > 1"; 40].join(" && ");
    assert!(compile(&shallow.parse().unwrap(), &mut Literals::default()).is_some());
}
