//! Work on many items by several threads, with the results in the order of the items.

use std::thread;

/// Policies are evaluated by recursion.
const STACK: usize = 64 << 20;

/// Below this a thread costs more than it saves.
const LEAST: usize = 512;

/// The results of work on each item.
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(items.len() / LEAST);
    if threads < 2 {
        return items.iter().map(work).collect();
    }
    let share = items.len().div_ceil(threads);
    let work = &work;
    thread::scope(|scope| {
        let running: Vec<_> = items
            .chunks(share)
            .map(|chunk| {
                let builder = thread::Builder::new().stack_size(STACK);
                (chunk, builder.spawn_scoped(scope, move || chunk.iter().map(work).collect::<Vec<R>>()))
            })
            .collect();
        let finish =
            |(chunk, thread): (&[T], std::io::Result<thread::ScopedJoinHandle<'_, Vec<R>>>)| match thread {
                Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                Err(_) => chunk.iter().map(work).collect(),
            };
        running.into_iter().flat_map(finish).collect()
    })
}
