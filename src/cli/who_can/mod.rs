//! `countersign who-can`: everybody who may do an action to a resource.

mod json;
mod text;

pub(super) use json::json_schema;

use clap::Args;

use super::Exit;
use super::ground::{self, Format, Ground, Need, Options};
use super::output::printed;
use super::terminal::{Stream, style};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Node;
use crate::import;
use crate::load::Loader;
use crate::model::Uid;
use crate::resolve;
use crate::source::Role;
use crate::who_can::{Asked, Question, question, who_can, why_not};

/// List every principal that may do an action to a resource, and through what
///
/// The estate is asked as it is, with every rule that counts: prerequisites and soft forbids too. Principals that
/// may for the same reasons are shown together; `--format json` names all of them.
///
/// The exit code is 0 where there is an answer, also where nobody may.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The action, as plans write it after `do`
    action: String,
    /// The resource, `Type::"id"`
    resource: String,
    /// A field of the context, its value as plans write it; `plan.FIELD` for what the program fills itself
    #[arg(long = "with", value_name = "NAME=VALUE", value_parser = field)]
    with: Vec<String>,
    /// Say how it stands with this principal instead
    #[arg(long, value_name = "PRINCIPAL")]
    why_not: Option<String>,
    #[command(flatten)]
    options: Options,
}

/// A line of YAML.
fn field(text: &str) -> Result<String, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !text.contains(['\n', '\r']) => {
            Ok(format!("{name}: {value}\n"))
        }
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

/// Answers, or says why there is no answer.
pub fn run(arguments: &Arguments) -> Exit {
    let mut loader = Loader::new();
    let options = &arguments.options;
    let Some(ground) = ground::prepare(options, Need::Given, &mut loader) else {
        return ground::could_not_answer(options, loader);
    };
    let given = given(arguments, &mut loader);
    let asked = Asked {
        action: &arguments.action,
        resource: &arguments.resource,
        given: given.as_ref(),
        at: options.at(),
    };
    let errors = loader.failures();
    let question = match arguments.with.is_empty() || given.is_some() {
        true => question(&ground.bundle, &ground.estate, asked, &mut loader.sink),
        false => None,
    };
    let principal =
        arguments.why_not.as_ref().map(|text| principal(text, &ground, question.as_ref(), &mut loader));
    let question = match question {
        Some(question) if loader.failures() == errors => question,
        _ => return ground::could_not_answer(options, loader),
    };
    ground::tell(options, loader);
    let style = style(Stream::Output, options.wishes());
    let shown = match principal.flatten() {
        Some(principal) => {
            let standing = why_not(&ground.bundle, &ground.estate, &question, &principal);
            match options.format {
                Format::Text => text::standing(&ground, &question, &principal, &standing, &style),
                Format::Json => json::standing(&ground, &question, &principal, &standing),
            }
        }
        None => {
            let answer = who_can(&ground.bundle, &ground.estate, &question);
            match options.format {
                Format::Text => text::answer(&ground, &question, &answer, &style),
                Format::Json => json::answer(&ground, &question, &answer),
            }
        }
    };
    printed(&shown)
}

/// The fields that were given, as one mapping.
fn given(arguments: &Arguments, loader: &mut Loader) -> Option<Node> {
    if arguments.with.is_empty() {
        return None;
    }
    let id = loader.sources.add("--with", Role::Plan, arguments.with.concat());
    import::node(&loader.sources, id, &mut loader.sink)
}

/// The principal that was named, where it can be one.
fn principal(text: &str, ground: &Ground, question: Option<&Question>, loader: &mut Loader) -> Option<Uid> {
    let schema = ground.bundle.schema();
    let uid = match resolve::uid_named(text, schema) {
        Ok(uid) => uid,
        Err(why) => {
            loader.sink.push(Diagnostic::new(Code::MalformedUid, why));
            return None;
        }
    };
    if !crate::who_can::exists(schema, &ground.estate, &uid, &mut loader.sink) {
        return None;
    }
    let action = schema.actions.get(&question?.action)?;
    if !action.principals.contains(uid.type_name()) {
        let name = schema.action_name(&action.uid);
        let message = format!("`{name}` cannot be done by a {}", uid.type_name());
        loader.sink.push(Diagnostic::new(Code::InvalidRequest, message));
        return None;
    }
    Some(uid)
}
