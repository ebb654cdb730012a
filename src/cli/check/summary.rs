//! The summary of a job of GitHub Actions.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use super::super::output::WriteError;
use crate::report::render::{Batch, Renderer, Style};

/// Where the runner wants the summary of a job.
const VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// Adds the run in Markdown to the job's summary, where the runner says in which file that is.
///
/// # Errors
/// When the file cannot be written to.
pub(super) fn write(batch: &Batch<'_>) -> Result<(), WriteError> {
    let path = env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let (Some(path), Some(markdown)) = (path, Renderer::named("markdown")) else { return Ok(()) };
    let text = (markdown.render)(batch, &Style::plain()) + "\n";
    let mut options = OpenOptions::new();
    let file = options.append(true).create(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|source| WriteError::File { path, source })
}
