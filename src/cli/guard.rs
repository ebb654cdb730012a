//! The net under the program: a bug ends in one line and its own exit code.

use std::panic::{self, PanicHookInfo};
use std::thread;

use super::Exit;
use super::output::talk;
use crate::source::visible;

/// Deep inputs recurse in the policy language's parser and evaluator.
const STACK: usize = 64 << 20;

/// Runs the program on a thread with a large stack; a panic becomes [`Exit::Bug`].
pub fn guarded(work: impl FnOnce() -> Exit + Send + 'static) -> Exit {
    panic::set_hook(Box::new(|panic| talk(&line(panic))));
    match thread::Builder::new().name("countersign".to_owned()).stack_size(STACK).spawn(work) {
        Ok(running) => running.join().unwrap_or(Exit::Bug),
        Err(error) => {
            talk(&format!("countersign: cannot start a thread: {error}\n"));
            Exit::Bug
        }
    }
}

fn line(panic: &PanicHookInfo<'_>) -> String {
    let payload = panic.payload();
    let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text.as_str(),
        _ => "no message",
    };
    let place =
        panic.location().map_or(String::new(), |place| format!(" ({}:{})", place.file(), place.line()));
    format!("countersign: this is a bug: {}{place}\n", visible(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_bug_and_not_a_verdict() {
        assert_eq!(guarded(|| panic!("on purpose")), Exit::Bug);
        assert_eq!(guarded(|| Exit::Rejected), Exit::Rejected);
        // The other tests of this process want their own messages.
        let _ = panic::take_hook();
    }
}
