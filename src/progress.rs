//! How far long work is, for whoever wants to show it.

use std::fmt;
use std::sync::Arc;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Files are read; counted in bytes.
    Reading,
    /// Steps are decided; counted in steps.
    Deciding,
    /// Steps are explained; counted in steps.
    Explaining,
}

/// What a watcher is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A stage begins, with as much to do.
    Begin(Stage, u64),
    /// That much more is done.
    Advance(u64),
    /// The stage is over.
    End,
}

/// Somebody who watches, or nobody.
///
/// Work goes the same way whoever watches. A watcher may be told from several threads at once.
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<dyn Fn(Event) + Send + Sync>>);

impl Progress {
    /// Tells a watcher.
    pub fn to(watcher: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watcher)))
    }

    /// Tells nobody.
    pub fn untold() -> Self {
        Self::default()
    }

    /// Begins a stage with as much to do; the stage is over when what is returned is dropped.
    pub fn begin(&self, stage: Stage, amount: u64) -> Work<'_> {
        self.tell(Event::Begin(stage, amount));
        Work { progress: self }
    }

    fn tell(&self, event: Event) {
        if let Some(watcher) = &self.0 {
            watcher(event);
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "Progress(watched)" } else { "Progress(untold)" })
    }
}

/// A stage that goes on.
#[derive(Debug)]
pub struct Work<'a> {
    progress: &'a Progress,
}

impl Work<'_> {
    /// Says that so much more is done.
    pub fn advance(&self, amount: u64) {
        self.progress.tell(Event::Advance(amount));
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.progress.tell(Event::End);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_watcher_is_told_everything_in_order_and_nobody_is_told_nothing() {
        let told: Arc<Mutex<Vec<Event>>> = Arc::default();
        let heard = Arc::clone(&told);
        let progress = Progress::to(move |event| heard.lock().unwrap().push(event));
        for progress in [progress, Progress::untold()] {
            let work = progress.begin(Stage::Deciding, 2);
            work.advance(1);
            work.advance(1);
        }
        let expected = [Event::Begin(Stage::Deciding, 2), Event::Advance(1), Event::Advance(1), Event::End];
        assert_eq!(*told.lock().unwrap(), expected);
    }
}
