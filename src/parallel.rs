//! Work on many items by several threads, with the results in the order of the items.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::panic::resume_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Policies are evaluated by recursion.
const STACK: usize = 64 << 20;

/// How many threads work at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(usize);

impl Threads {
    /// So many threads, one at the least.
    pub fn new(count: usize) -> Self {
        Self(count.max(1))
    }

    /// How many they are.
    pub fn count(self) -> usize {
        self.0
    }
}

impl Default for Threads {
    /// As many as the machine runs at the same time.
    fn default() -> Self {
        Self::new(thread::available_parallelism().map_or(1, usize::from))
    }
}

/// The results of work on each item.
///
/// Where there are fewer than `least` items for a thread, fewer threads work.
pub fn map<T: Sync, R: Send>(
    threads: Threads,
    least: usize,
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let mut results = Vec::with_capacity(items.len());
    let chunk =
        |range: Range<usize>| items.get(range).unwrap_or_default().iter().map(&work).collect::<Vec<R>>();
    in_chunks(threads, items.len(), least, chunk, |part| {
        results.extend(part);
        ControlFlow::Continue(())
    });
    results
}

/// Does two pieces of work, at the same time where there is more than one thread; the first on the
/// calling thread. A panic of either is one of the caller.
pub fn both<One, Other: Send>(
    threads: Threads,
    one: impl FnOnce() -> One,
    other: impl FnOnce() -> Other + Send,
) -> (One, Other) {
    if threads.count() < 2 {
        return (one(), other());
    }
    let waiting = Mutex::new(Some(other));
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).take();
    thread::scope(|scope| {
        let work = || next().map(|other| other());
        let running = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let first = one();
        let second = match running.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(second)) => second,
            Ok(Err(panic)) => resume_unwind(panic),
            // Without a thread the calling thread does it.
            Err(_) => work(),
        };
        (first, second.expect("the work is taken once, by the thread or after it could not begin"))
    })
}

/// Cuts `0..count` into ranges of at most `size`, works on them by several threads, and hands the results
/// to `take` in their order, on the calling thread, until it breaks.
///
/// No more than a few results a thread wait to be taken, however many ranges there are. A panic of a
/// worker is one of the caller.
pub fn in_chunks<R: Send>(
    threads: Threads,
    count: usize,
    size: usize,
    work: impl Fn(Range<usize>) -> R + Sync,
    mut take: impl FnMut(R) -> ControlFlow<()>,
) {
    let size = size.max(1);
    let chunks = count.div_ceil(size);
    let range = |chunk: usize| chunk * size..(chunk * size + size).min(count);
    let threads = threads.count().min(chunks);
    if threads < 2 {
        for chunk in 0..chunks {
            if take(work(range(chunk))).is_break() {
                return;
            }
        }
        return;
    }
    let queue = Queue::new(chunks, 4 * threads);
    thread::scope(|scope| {
        let mut running = Vec::new();
        for _ in 0..threads {
            let worker = || {
                let _end = End(&queue);
                while let Some(chunk) = queue.next_chunk() {
                    queue.put(chunk, work(range(chunk)));
                }
            };
            // Without a thread the others do its work; without any the calling thread does.
            running.extend(thread::Builder::new().stack_size(STACK).spawn_scoped(scope, worker));
        }
        if running.is_empty() {
            queue.close();
            for chunk in 0..chunks {
                if take(work(range(chunk))).is_break() {
                    return;
                }
            }
        }
        while let Some(result) = queue.take(running.len()) {
            if take(result).is_break() {
                break;
            }
        }
        queue.close();
        for thread in running {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
    });
}

/// The chunks that are left, and the results that are waiting.
struct Queue<R> {
    state: Mutex<Waiting<R>>,
    changed: Condvar,
    chunks: usize,
    ahead: usize,
}

struct Waiting<R> {
    next: usize,
    taken: usize,
    ended: usize,
    closed: bool,
    results: BTreeMap<usize, R>,
}

impl<R> Queue<R> {
    fn new(chunks: usize, ahead: usize) -> Self {
        let state = Waiting { next: 0, taken: 0, ended: 0, closed: false, results: BTreeMap::new() };
        Self { state: Mutex::new(state), changed: Condvar::new(), chunks, ahead }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, guard: MutexGuard<'a, Waiting<R>>) -> MutexGuard<'a, Waiting<R>> {
        self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    /// The next chunk to work on; waits while too many results are waiting.
    fn next_chunk(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.closed || state.next >= self.chunks {
                return None;
            }
            if state.next < state.taken + self.ahead {
                let chunk = state.next;
                state.next += 1;
                return Some(chunk);
            }
            state = self.wait(state);
        }
    }

    fn put(&self, chunk: usize, result: R) {
        self.lock().results.insert(chunk, result);
        self.changed.notify_all();
    }

    /// The next result in order; nothing when all are taken, or when all workers ended without it.
    fn take(&self, workers: usize) -> Option<R> {
        let mut state = self.lock();
        loop {
            let wanted = state.taken;
            if let Some(result) = state.results.remove(&wanted) {
                state.taken += 1;
                self.changed.notify_all();
                return Some(result);
            }
            if wanted >= self.chunks || state.ended >= workers {
                return None;
            }
            state = self.wait(state);
        }
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}

/// Counts a worker as ended, however it ends.
struct End<'a, R>(&'a Queue<R>);

impl<R> Drop for End<'_, R> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ended += 1;
        drop(state);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_the_threads() {
        let items: Vec<usize> = (0..10_000).collect();
        let expected: Vec<usize> = items.iter().map(|item| item * 2).collect();
        for threads in [1, 2, 5] {
            assert_eq!(map(Threads::new(threads), 7, &items, |item| item * 2), expected);
        }
    }

    #[test]
    fn two_pieces_of_work_give_both_results_whatever_the_threads() {
        for threads in [1, 2] {
            let mut first = 0;
            let both = both(Threads::new(threads), || first += 1, || "second");
            assert_eq!((both, first), (((), "second"), 1));
        }
    }

    #[test]
    fn whoever_takes_the_results_can_stop() {
        let mut taken = Vec::new();
        in_chunks(
            Threads::new(3),
            1_000_000,
            10,
            |range| range.start,
            |start| {
                taken.push(start);
                if taken.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert_eq!(taken, [0, 10, 20]);
    }

    #[test]
    #[should_panic(expected = "on purpose")]
    fn a_panic_of_a_worker_is_one_of_the_caller() {
        let work = |range: Range<usize>| assert!(range.start < 50, "on purpose");
        in_chunks(Threads::new(3), 1_000, 10, work, |()| ControlFlow::Continue(()));
    }
}
