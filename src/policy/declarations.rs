//! A schema in Cedar's human syntax, parsed by two threads where it is long enough.

use std::collections::BTreeSet;

use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::cedar_schema::SchemaWarning;
use cedar_policy_core::validator::json_schema::{Fragment, NamespaceDefinition};
use cedar_policy_core::validator::{CedarSchemaError, RawName};

use super::guard;

/// Below this many bytes a thread costs more than it saves.
const LEAST: usize = 2 << 10;

/// What a schema declares, and what Cedar warns of.
pub(super) type Declared = (Fragment<RawName>, Vec<SchemaWarning>);

/// Parses a schema.
///
/// # Errors
/// What Cedar finds wrong with the whole text.
pub(super) fn parse(text: &str) -> Result<Declared, CedarSchemaError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let halves = if threads > 1 && text.len() >= LEAST { in_halves(text) } else { None };
    halves.map_or_else(|| whole(text), Ok)
}

fn whole(text: &str) -> Result<Declared, CedarSchemaError> {
    let (fragment, warnings) = Fragment::from_cedarschema_str(text, Extensions::all_available())?;
    Ok((fragment, warnings.collect()))
}

/// The two halves of the declarations of a text of one namespace, parsed at the same time.
///
/// `None` where the text is of another kind, where there is anything to be said of a half, or where both
/// declare the same name: then only the whole text shows what Cedar says. Declarations know nothing of each
/// other before they are in one schema, names that are declared twice or for two things left aside.
fn in_halves(text: &str) -> Option<Declared> {
    let (body, ends) = guard::declarations(text)?;
    let middle = body + (text.len() - body) / 2;
    let cut = ends.into_iter().find(|end| *end >= middle)?;
    // Blanks before the second half keep everything in it at its place.
    let second = text.get(..body)?.to_owned() + &" ".repeat(cut - body) + text.get(cut..)?;
    let first = text.get(..cut)?.to_owned() + "}";
    let quiet = |text: &str| whole(text).ok().filter(|(_, warnings)| warnings.is_empty());
    let (first, second) = guard::both(|| quiet(&first), || quiet(&second));
    Some((join(first?.0, second?.0)?, Vec::new()))
}

fn join(first: Fragment<RawName>, second: Fragment<RawName>) -> Option<Fragment<RawName>> {
    let mut all = first;
    let [(name, part)] = <[_; 1]>::try_from(second.0.into_iter().collect::<Vec<_>>()).ok()?;
    let whole = all.0.get_mut(&name)?;
    let twice = !types(whole).is_disjoint(&types(&part))
        || part.actions.keys().any(|action| whole.actions.contains_key(action));
    if twice {
        return None;
    }
    whole.common_types.extend(part.common_types);
    whole.entity_types.extend(part.entity_types);
    whole.actions.extend(part.actions);
    (all.0.len() == 1).then_some(all)
}

/// The names of all types of a namespace.
fn types(namespace: &NamespaceDefinition<RawName>) -> BTreeSet<String> {
    let common = namespace.common_types.keys().map(ToString::to_string);
    common.chain(namespace.entity_types.keys().map(ToString::to_string)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(declarations: &str) -> String {
        format!("// A; comment {{\n@note(\"a;b{{\") namespace N {{\n{declarations}\n}}\n// the end;\n")
    }

    /// Parses in halves and whole, and compares; says whether halves were possible.
    fn agree(text: &str) -> bool {
        let (fragment, warnings) = whole(text).unwrap();
        match in_halves(text) {
            None => false,
            Some((of_halves, _)) => {
                assert_eq!(of_halves, fragment, "{text}");
                assert_eq!(warnings.len(), 0);
                let json = |fragment: &Fragment<RawName>| serde_json::to_value(fragment).unwrap();
                assert_eq!(json(&of_halves), json(&fragment));
                true
            }
        }
    }

    #[test]
    fn halves_declare_what_the_whole_does() {
        let many: String = (0..40)
            .map(|number| {
                format!(
                    "  @doc(\"{{; \\\"\") entity E{number}, F{number} in [E{}] {{ a?: Set<T{number}>, b: {{ c: Long }} }};\n\
                     type T{number} = {{ \"x;y\": String, }}; // not }} the end\n\
                     action \"do;{number}\" in [\"all{{\"] appliesTo {{ principal: [E0], resource: F{number}, context: T{number} }};\n",
                    (number + 7) % 40
                )
            })
            .collect();
        assert!(agree(&schema(&format!("{many}action \"all{{\";\n"))));
        for bundle in ["hosted-exchange-um", "active-directory", "lync-2013", "terraform"] {
            let path = format!("{}/policies/{bundle}/schema.cedarschema", env!("CARGO_MANIFEST_DIR"));
            assert!(agree(&std::fs::read_to_string(path).unwrap()), "{bundle}");
        }
    }

    #[test]
    fn only_the_whole_shows_what_halves_cannot() {
        let padding = "entity Padding { a: Long };\n".to_owned() + &"// x\n".repeat(5);
        let declared_twice = schema(&format!("entity X;\n{padding}entity X;"));
        assert!(in_halves(&declared_twice).is_none() && whole(&declared_twice).is_err());
        let action_twice = schema(&format!("action a;\n{padding}action a;"));
        assert!(in_halves(&action_twice).is_none() && whole(&action_twice).is_err());
        let shadows = schema(&format!("entity X;\n{padding}type X = Long;"));
        assert_eq!(whole(&shadows).unwrap().1.len(), 1);
        assert!(!agree(&shadows));
        let warned = schema(&format!("{padding}type ipaddr = Long; entity Y;"));
        assert_eq!(whole(&warned).unwrap().1.len(), 1);
        assert!(!agree(&warned));
        for other in [
            "entity A; entity B;".to_owned(),
            "namespace N { entity A; } namespace M { entity B; }".to_owned(),
            format!("{} entity Outside;", schema("entity A; entity B;")),
            "namespace N { }".to_owned(),
        ] {
            assert!(!agree(&other), "{other}");
        }
        assert!(in_halves("namespace N { entity A; entity B; } }").is_none());
        assert!(in_halves("namespace N { entity A; entity B; ").is_none());
    }
}
