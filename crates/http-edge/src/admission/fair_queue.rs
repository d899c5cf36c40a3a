//! Permits that are granted in turn, so that a caller with many waiting requests does not delay other callers.

use crate::prefix::Prefix;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// A number of permits, and a queue for each prefix that waits. A returned permit goes to the next prefix in turn. When
/// too many requests wait, the newest one of the longest queue is refused.
#[derive(Clone)]
pub(crate) struct FairQueue {
    waiting_max: usize,
    state: Arc<Mutex<State>>,
}

struct State {
    free: usize,
    waiting: usize,
    next_id: u64,
    /// The prefix whose turn it is comes first. No queue is empty.
    queues: VecDeque<(Prefix, VecDeque<Waiter>)>,
}

struct Waiter {
    id: u64,
    permit: oneshot::Sender<Permit>,
}

/// A permit, until it is dropped.
pub(crate) struct Permit(Option<FairQueue>);

/// A waiting request. Dropping it removes it from its queue.
struct Waiting<'a> {
    queue: &'a FairQueue,
    prefix: Prefix,
    id: u64,
}

impl FairQueue {
    /// Makes `permits` permits. At most `waiting_max` requests wait for one.
    pub(crate) fn new(permits: usize, waiting_max: usize) -> Self {
        Self {
            waiting_max,
            state: Arc::new(Mutex::new(State {
                free: permits,
                waiting: 0,
                next_id: 0,
                queues: VecDeque::new(),
            })),
        }
    }

    /// Waits for a permit. `None` if too many requests wait.
    pub(crate) async fn acquire(&self, prefix: Prefix) -> Option<Permit> {
        let (waiting, permit) = {
            let mut state = self.lock();
            if state.free > 0 {
                state.free -= 1;
                return Some(Permit(Some(self.clone())));
            }
            if state.waiting >= self.waiting_max {
                state.refuse_newest_of_longest_queue(prefix)?;
            }
            let (sender, permit) = oneshot::channel();
            let id = state.enqueue(prefix, sender);
            let queue = self;
            (Waiting { queue, prefix, id }, permit)
        };
        let permit = permit.await.ok();
        drop(waiting);
        permit
    }

    /// A permit, if one is free. Nobody waits then.
    pub(crate) fn take_free(&self) -> Option<Permit> {
        let mut state = self.lock();
        state.free = state.free.checked_sub(1)?;
        Some(Permit(Some(self.clone())))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn enqueue(&mut self, prefix: Prefix, permit: oneshot::Sender<Permit>) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.waiting += 1;
        let waiter = Waiter { id, permit };
        match self.queues.iter_mut().find(|(owner, _)| *owner == prefix) {
            Some((_, queue)) => queue.push_back(waiter),
            None => self.queues.push_back((prefix, VecDeque::from([waiter]))),
        }
        id
    }

    /// Refuses the newest waiter of the longest queue, so that `prefix` can wait. `None` if its own queue is as long.
    fn refuse_newest_of_longest_queue(&mut self, prefix: Prefix) -> Option<()> {
        let own = self.queues.iter().find(|(owner, _)| *owner == prefix);
        let own = own.map_or(0, |(_, queue)| queue.len());
        let longest = self.queues.iter_mut().max_by_key(|(_, queue)| queue.len());
        let (_, queue) = longest.filter(|(_, queue)| queue.len() > own + 1)?;
        queue.pop_back()?;
        self.waiting -= 1;
        Some(())
    }

    /// The waiter whose turn it is. Its prefix then waits for all others.
    fn next(&mut self) -> Option<Waiter> {
        let (prefix, mut queue) = self.queues.pop_front()?;
        let waiter = queue.pop_front()?;
        self.waiting -= 1;
        if !queue.is_empty() {
            self.queues.push_back((prefix, queue));
        }
        Some(waiter)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        let of_prefix = |(owner, _): &(Prefix, _)| *owner == self.prefix;
        let Some(index) = state.queues.iter().position(of_prefix) else {
            return;
        };
        let Some((_, queue)) = state.queues.get_mut(index) else {
            return;
        };
        let before = queue.len();
        queue.retain(|waiter| waiter.id != self.id);
        let removed = before - queue.len();
        if queue.is_empty() {
            state.queues.remove(index);
        }
        state.waiting -= removed;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(queue) = self.0.take() else {
            return;
        };
        let mut state = queue.lock();
        let mut permit = Self(Some(queue.clone()));
        while let Some(waiter) = state.next() {
            match waiter.permit.send(permit) {
                Ok(()) => return,
                // The waiter was dropped.
                Err(returned) => permit = returned,
            }
        }
        permit.0 = None;
        state.free += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::{Pin, pin};
    use std::task::{Context, Poll, Waker};

    fn prefix(last: u8) -> Prefix {
        Prefix::of([192, 0, 2, last].into())
    }

    type Acquiring<'a> = Pin<Box<dyn Future<Output = Option<Permit>> + 'a>>;

    fn poll(acquiring: &mut Acquiring<'_>) -> Poll<Option<Permit>> {
        acquiring
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }

    fn waiting(queue: &FairQueue, last: u8) -> Acquiring<'_> {
        let mut acquiring: Acquiring<'_> = Box::pin(queue.acquire(prefix(last)));
        assert!(poll(&mut acquiring).is_pending());
        acquiring
    }

    fn now(queue: &FairQueue, last: u8) -> Option<Permit> {
        match pin!(queue.acquire(prefix(last))).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(permit) => permit,
            Poll::Pending => panic!("it waits"),
        }
    }

    #[test]
    fn a_prefix_with_many_requests_waits_for_one_with_a_single_request() {
        let queue = FairQueue::new(1, 100);
        let permit = now(&queue, 1);
        let mut many: Vec<_> = (0..50).map(|_| waiting(&queue, 1)).collect();
        let mut single = waiting(&queue, 2);
        drop(permit);
        let Poll::Ready(first) = poll(&mut many[0]) else {
            panic!("expected the oldest first");
        };
        assert!(poll(&mut single).is_pending());
        drop(first);
        let Poll::Ready(permit) = poll(&mut single) else {
            panic!("49 requests of another prefix went first");
        };
        drop(permit);
        assert!(poll(&mut many[1]).is_ready());
    }

    #[test]
    fn a_free_permit_is_taken_without_waiting_and_comes_back() {
        let queue = FairQueue::new(1, 3);
        let taken = queue.take_free().unwrap();
        assert!(queue.take_free().is_none());
        let mut waiter = waiting(&queue, 1);
        drop(taken);
        assert!(queue.take_free().is_none(), "it is the waiter's");
        assert!(matches!(poll(&mut waiter), Poll::Ready(Some(_))));
    }

    #[test]
    fn the_longest_queue_loses_its_newest_request_at_the_limit() {
        let queue = FairQueue::new(1, 3);
        let permit = now(&queue, 1);
        let mut many: Vec<_> = (0..3).map(|_| waiting(&queue, 1)).collect();
        assert!(now(&queue, 1).is_none());
        let mut other = waiting(&queue, 2);
        assert!(matches!(poll(&mut many[2]), Poll::Ready(None)));
        assert!(
            now(&queue, 2).is_none(),
            "its queue is as long as the longest"
        );
        drop((permit, many));
        assert!(matches!(poll(&mut other), Poll::Ready(Some(_))));
    }

    #[test]
    fn a_dropped_waiter_leaves_nothing_and_loses_no_permit() {
        let queue = FairQueue::new(1, 3);
        let permit = now(&queue, 1);
        let gone = waiting(&queue, 1);
        let handed = waiting(&queue, 2);
        drop(gone);
        // The permit is granted and never received.
        drop(permit);
        drop(handed);
        let state = queue.lock();
        assert_eq!((state.free, state.waiting), (1, 0));
        assert!(state.queues.is_empty());
    }
}
