//! The bundle `lync-2013` permits in a local shell exactly what the table of the reference names.
//!
//! The table is data of others and not part of the project: it is read from `$COUNTERSIGN_SHARED/domain`, else from
//! `../shared/domain`, and the tests that need it skip where it is absent.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking and says why it is skipped"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityTypeName, EntityUid, PolicySet, Request, Schema,
    ValidationMode, Validator,
};
use serde_json::{Value, json};

/// The one cmdlet with a context: the authority that is asked for a certificate.
const REQUEST_CERTIFICATE: &str = "Request-CsCertificate";

/// What the table asks of a principal: a row is alternatives of conditions that all must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Condition {
    ServerAdministrator,
    UserAdministrator,
    ReadOnlyAdministrator,
    DomainAdministrator,
    EnterpriseAdministrator,
    SchemaAdministrator,
    SchemaMasterAdministrator,
    LocalAdministrator,
    DomainMember,
    SqlServerAdministrator,
    CertificateRequester,
    DirectoryReader,
}

use Condition::{
    CertificateRequester, DirectoryReader, DomainAdministrator, DomainMember, EnterpriseAdministrator,
    LocalAdministrator, ReadOnlyAdministrator, SchemaAdministrator, SchemaMasterAdministrator,
    ServerAdministrator, SqlServerAdministrator, UserAdministrator,
};

/// Every condition with the group that stands for it in the estate; `DomainMember` is an attribute and has none.
const CONDITIONS: [(Condition, Option<&str>); 12] = [
    (ServerAdministrator, Some("RTCUniversalServerAdmins")),
    (UserAdministrator, Some("RTCUniversalUserAdmins")),
    (ReadOnlyAdministrator, Some("RTCUniversalReadOnlyAdmins")),
    (DomainAdministrator, Some("Domain Admins")),
    (EnterpriseAdministrator, Some("Enterprise Admins")),
    (SchemaAdministrator, Some("Schema Admins")),
    (SchemaMasterAdministrator, Some("Administrators of the schema master")),
    (LocalAdministrator, Some("Administrators of the server")),
    (DomainMember, None),
    (SqlServerAdministrator, Some("SQL Server administrators")),
    (CertificateRequester, Some("Certificate requesters")),
    (DirectoryReader, Some("Authenticated Users")),
];

impl Condition {
    /// Reads one condition of the table. Two of its names are misspelt there and mean the real group.
    fn read(text: &str) -> Self {
        match text {
            "RTCUniversalServerAdmins" | "RTCUniversalServerAdministrator" => ServerAdministrator,
            "RTCUniversalUserAdmins" => UserAdministrator,
            "RTCUniversalReadOnlyAdmins" | "RTCUniversalReadOnlyAdmin" => ReadOnlyAdministrator,
            "Domain Admins" => DomainAdministrator,
            "Enterprise Admins" => EnterpriseAdministrator,
            "Schema Admins (root domain)" => SchemaAdministrator,
            "local Administrators on schema master" => SchemaMasterAdministrator,
            "local Administrators" => LocalAdministrator,
            "member of the domain" => DomainMember,
            "SQL Server administrator" => SqlServerAdministrator,
            "rights on the CA" => CertificateRequester,
            "any principal with AD read" => DirectoryReader,
            other => panic!("the table names an unknown principal: {other}"),
        }
    }
}

/// One line of the table.
struct Row {
    cmdlet: String,
    /// Empty where the table names no local principal: then nobody may.
    alternatives: Vec<BTreeSet<Condition>>,
}

impl Row {
    fn read(line: &str) -> Self {
        let (cmdlet, principals) = line.split_once(',').expect("a line has two columns");
        let alternatives = if principals.starts_with("(only RBAC query given") {
            Vec::new()
        } else {
            principals
                .split(';')
                .map(|alternative| alternative.split(" + ").map(Condition::read).collect())
                .collect()
        };
        Self { cmdlet: cmdlet.to_owned(), alternatives }
    }

    fn permits(&self, principal: &Principal) -> bool {
        self.alternatives.iter().any(|alternative| alternative.is_subset(&principal.conditions))
    }
}

/// The rows of the table, or `None` with a message where there is no table.
fn rows() -> Option<Vec<Row>> {
    let shared = std::env::var_os("COUNTERSIGN_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = shared.join("domain/lync2013-local-rights.csv");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: no table at {}", path.display());
        return None;
    };
    let rows: Vec<_> = text.lines().skip(1).map(Row::read).collect();
    assert_eq!(rows.len(), 562, "the table has 562 cmdlets");
    Some(rows)
}

/// Somebody to judge every cmdlet for, with the conditions that hold of them.
struct Principal {
    kind: &'static str,
    id: String,
    parents: Vec<&'static str>,
    conditions: BTreeSet<Condition>,
}

impl Principal {
    fn user(conditions: &BTreeSet<Condition>) -> Self {
        let names: Vec<_> = conditions.iter().map(|c| format!("{c:?}")).collect();
        let id = match names.len() {
            0 => "NobodySpecial".to_owned(),
            all if all == CONDITIONS.len() => "EverybodyInOne".to_owned(),
            _ => names.join(" and "),
        };
        Self {
            kind: "User",
            id,
            parents: CONDITIONS
                .iter()
                .filter(|(condition, _)| conditions.contains(condition))
                .filter_map(|(_, group)| *group)
                .collect(),
            conditions: conditions.clone(),
        }
    }

    /// The group itself, which may stand for its members in a plan.
    fn group(condition: Condition, id: &str) -> Self {
        Self {
            kind: "Group",
            id: id.to_owned(),
            parents: Vec::new(),
            conditions: BTreeSet::from([condition]),
        }
    }

    fn uid(&self) -> EntityUid {
        uid(self.kind, &self.id)
    }
}

/// Nobody special, every condition alone, every alternative of the table whole and with one condition left out,
/// the administrative groups in pairs, all conditions at once, and every group itself.
fn principals(rows: &[Row]) -> Vec<Principal> {
    let administrators = [ServerAdministrator, UserAdministrator, ReadOnlyAdministrator];
    let mut kinds = BTreeSet::from([BTreeSet::new()]);
    kinds.insert(CONDITIONS.iter().map(|(condition, _)| *condition).collect());
    for (condition, _) in CONDITIONS {
        kinds.insert(BTreeSet::from([condition]));
    }
    for left_out in administrators {
        kinds.insert(administrators.into_iter().filter(|c| *c != left_out).collect());
    }
    for alternative in rows.iter().flat_map(|row| &row.alternatives) {
        kinds.insert(alternative.clone());
        for left_out in alternative {
            kinds.insert(alternative.iter().copied().filter(|c| c != left_out).collect());
        }
    }
    let mut principals: Vec<_> = kinds.iter().map(Principal::user).collect();
    for (condition, group) in CONDITIONS {
        principals.extend(group.map(|id| Principal::group(condition, id)));
    }
    principals
}

/// Those users to whom one condition applies at most, or exactly what some row asks for: enough for the engine,
/// which is asked with a plan as long as all of them together.
fn plain_users<'a>(rows: &[Row], principals: &'a [Principal]) -> Vec<&'a Principal> {
    let named: BTreeSet<_> = rows.iter().flat_map(|row| &row.alternatives).collect();
    let plain = |principal: &&Principal| {
        let conditions = &principal.conditions;
        principal.kind == "User" && (conditions.len() < 2 || named.contains(conditions))
    };
    principals.iter().filter(plain).collect()
}

fn uid(kind: &str, id: &str) -> EntityUid {
    let kind: EntityTypeName = format!("Lync2013::{kind}").parse().unwrap();
    EntityUid::from_type_name_and_id(kind, cedar_policy::EntityId::new(id))
}

fn reference(kind: &str, id: &str) -> Value {
    json!({ "type": format!("Lync2013::{kind}"), "id": id })
}

fn entity(kind: &str, id: &str, attrs: Value, parents: &[&str]) -> Value {
    let parents: Vec<_> = parents.iter().map(|id| reference("Group", id)).collect();
    json!({ "uid": reference(kind, id), "attrs": attrs, "parents": parents })
}

fn attribute(kind: &str, id: &str) -> Value {
    json!({ "__entity": reference(kind, id) })
}

/// An estate with one domain, one server, the schema master, one certification authority and the principals.
fn estate(principals: &[Principal]) -> Value {
    let domain = attribute("Domain", "contoso.com");
    let mut entities = vec![
        entity(
            "Domain",
            "contoso.com",
            json!({
                "readers": attribute("Group", "Authenticated Users"),
                "schemaMaster": attribute("Computer", "schema master"),
                "setupDelegated": true,
            }),
            &[],
        ),
        entity(
            "Computer",
            "server",
            json!({
                "localAdministrators": attribute("Group", "Administrators of the server"),
                "sqlAdministrators": attribute("Group", "SQL Server administrators"),
                "domain": domain,
                "isEdgeServer": false,
            }),
            &[],
        ),
        entity(
            "Computer",
            "schema master",
            json!({
                "localAdministrators": attribute("Group", "Administrators of the schema master"),
                "domain": domain,
                "isEdgeServer": false,
            }),
            &[],
        ),
        entity(
            "CertificationAuthority",
            "issuing",
            json!({ "requesters": attribute("Group", "Certificate requesters") }),
            &[],
        ),
    ];
    for principal in principals {
        let attrs = if principal.conditions.contains(&DomainMember) {
            json!({ "domain": domain })
        } else {
            json!({})
        };
        entities.push(entity(principal.kind, &principal.id, attrs, &principal.parents));
    }
    Value::Array(entities)
}

fn bundle_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/lync-2013")
}

fn schema() -> Schema {
    let text = fs::read_to_string(bundle_folder().join("schema.cedarschema")).unwrap();
    let (schema, warnings) = Schema::from_cedarschema_str(&text).unwrap();
    assert_eq!(warnings.count(), 0, "the schema has no warnings");
    schema
}

fn policies() -> PolicySet {
    let text = fs::read_to_string(bundle_folder().join("rights.cedar")).unwrap();
    text.parse().unwrap()
}

/// The policies that decide: all but those that the manifest makes advisory.
fn deciding_policies() -> PolicySet {
    let manifest = fs::read_to_string(bundle_folder().join("bundle.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let advisory = |id: &str| {
        manifest
            .get("enforcement")
            .and_then(|levels| levels.get(id))
            .is_some_and(|level| level.as_str() == Some("advisory"))
    };
    let policies = policies();
    let deciding = policies.policies().filter(|policy| !advisory(policy.annotation("id").unwrap()));
    PolicySet::from_policies(deciding.cloned()).unwrap()
}

/// The cmdlet of every row as the schema spells it; each row must match exactly one action, whatever its case.
fn actions(rows: &[Row], schema: &Schema) -> Vec<EntityUid> {
    let groups: BTreeSet<_> = schema.action_groups().collect();
    let mut spelt: BTreeMap<String, Vec<EntityUid>> = BTreeMap::new();
    for action in schema.actions().filter(|action| !groups.contains(action)) {
        let folded = action.id().unescaped().to_lowercase();
        spelt.entry(folded).or_default().push(action.clone());
    }
    let actions = rows.iter().map(|row| {
        let found = spelt.remove(&row.cmdlet.to_lowercase()).unwrap_or_default();
        let [action] = found.as_slice() else {
            panic!("{} matches {} actions", row.cmdlet, found.len());
        };
        action.clone()
    });
    let actions = actions.collect();
    assert!(spelt.is_empty(), "actions without a row: {spelt:?}");
    actions
}

#[test]
fn the_bundle_is_strictly_valid_without_a_warning() {
    let policies = policies();
    let result = Validator::new(schema()).validate(&policies, ValidationMode::Strict);
    let said: Vec<_> = result
        .validation_errors()
        .map(ToString::to_string)
        .chain(result.validation_warnings().map(ToString::to_string))
        .collect();
    assert!(said.is_empty(), "{said:#?}");
    assert!(policies.policies().count() < 20, "few policies over action groups, not one per cmdlet");
}

#[test]
fn the_policies_permit_exactly_what_the_table_names() {
    let Some(rows) = rows() else { return };
    let schema = schema();
    let policies = deciding_policies();
    let principals = principals(&rows);
    let estate = Entities::from_json_value(estate(&principals), Some(&schema)).unwrap();
    let authority = json!({ "certificationAuthority": attribute("CertificationAuthority", "issuing") });

    let mut wrong = Vec::new();
    for (row, action) in rows.iter().zip(actions(&rows, &schema)) {
        let context = if row.cmdlet.eq_ignore_ascii_case(REQUEST_CERTIFICATE) {
            Context::from_json_value(authority.clone(), Some((&schema, &action))).unwrap()
        } else {
            Context::empty()
        };
        for principal in &principals {
            let request = Request::new(
                principal.uid(),
                action.clone(),
                uid("Computer", "server"),
                context.clone(),
                Some(&schema),
            );
            let response = Authorizer::new().is_authorized(&request.unwrap(), &policies, &estate);
            let allowed = response.decision() == Decision::Allow;
            if allowed != row.permits(principal) || response.diagnostics().errors().count() > 0 {
                wrong.push(format!("{} by {}: {allowed}", row.cmdlet, principal.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
}

/// One plan: a phase per user, a step per cmdlet, unordered.
fn plan(rows: &[Row], actions: &[EntityUid], users: &[&Principal]) -> Value {
    let steps: Vec<_> = rows
        .iter()
        .zip(actions)
        .map(|(row, action)| {
            let mut step = json!({
                "id": row.cmdlet,
                "do": action.id().unescaped(),
                "target": "Computer::\"server\"",
            });
            if row.cmdlet.eq_ignore_ascii_case(REQUEST_CERTIFICATE) {
                step["with"] = json!({ "certificationAuthority": "CertificationAuthority::\"issuing\"" });
            }
            step
        })
        .collect();
    let phases: Vec<_> = users
        .iter()
        .enumerate()
        .map(|(number, user)| {
            json!({
                "id": format!("user-{number}"),
                "by": user.uid().to_string(),
                "order": "any",
                "steps": steps,
            })
        })
        .collect();
    json!({
        "schema": "countersign.plan/1",
        "id": "every-cmdlet",
        "title": "Every cmdlet by every kind of user",
        "author": "User::\"NobodySpecial\"",
        "phases": phases,
    })
}

/// Judges a plan with the binary and returns its report.
fn judge(plan: &Value, estate: &Value) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let [plan_file, estate_file] = ["plan.json", "estate.json"].map(|name| folder.path().join(name));
    fs::write(&plan_file, plan.to_string()).unwrap();
    fs::write(&estate_file, estate.to_string()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg("check")
        .arg("--bundle")
        .arg(bundle_folder())
        .arg("--estate")
        .arg(&estate_file)
        .arg(&plan_file)
        .args(["--format", "json"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "judged and rejected: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_engine_allows_exactly_what_the_table_names() {
    let Some(rows) = rows() else { return };
    let principals = principals(&rows);
    let users = plain_users(&rows, &principals);
    let actions = actions(&rows, &schema());
    let report = judge(&plan(&rows, &actions, &users), &estate(&principals));

    let outcomes: BTreeMap<_, _> = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["id"].as_str().unwrap(), step["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes.len(), rows.len() * users.len());
    let mut wrong = Vec::new();
    for (number, user) in users.iter().enumerate() {
        for row in &rows {
            let outcome = outcomes[format!("user-{number}/{}", row.cmdlet).as_str()];
            let expected = if row.permits(user) { "allowed" } else { "denied" };
            if outcome != expected {
                wrong.push(format!("{} by {}: {outcome}", row.cmdlet, user.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
}
