//! The threads that guests run on, and whose guest runs next.
//!
//! Guests never run where the server does. A tenant whose guests have lately used more than its share goes on at the
//! back: on fewer threads, which give way to all others on the machine, and of those who are there whoever has used
//! least comes first, and keeps its place until its turn is over. So whoever asks little is answered at once, however
//! many burn all they are given.
//!
//! Invariant: a slice lasts a tick of the epoch at most, and is charged before its guest is put in line again.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use async_task::Runnable;
use domain::{TenantId, vertical::Allowance};
use thread_priority::{ThreadPriority, set_current_thread_priority};
use tokio::{runtime, sync::oneshot};

use crate::host::lock;

/// Of processor time, as it fades: a hundred prices of an honest trade, a third of what a single one may take.
const SHARE: Duration = Duration::from_millis(15);
/// After so long half of what was used is forgotten.
const HALF_LIFE: Duration = Duration::from_secs(2);

/// What one tenant's guests have used lately, here and of the server with their questions.
pub(crate) struct Account(Mutex<(Duration, Instant)>);

impl Account {
    pub(crate) fn new() -> Self {
        Self(Mutex::new((Duration::ZERO, Instant::now())))
    }

    pub(crate) fn charge(&self, nanos: u64) {
        let mut account = lock(&self.0);
        *account = (faded(*account) + Duration::from_nanos(nanos), Instant::now());
    }

    fn used(&self) -> Duration {
        faded(*lock(&self.0))
    }

    /// Whether it has had its share, and others go first.
    pub(crate) fn overdrawn(&self) -> bool {
        self.used() > SHARE
    }
}

fn faded((used, at): (Duration, Instant)) -> Duration {
    used.mul_f64(0.5_f64.powf(at.elapsed().as_secs_f64() / HALF_LIFE.as_secs_f64()))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Front,
    Back,
}

impl Lane {
    /// Of its threads.
    fn name(self) -> &'static str {
        match self {
            Self::Front => "guest",
            Self::Back => "guest-back",
        }
    }
}

/// Of a turn at the back: by what its tenant had used when it came there, in doublings of a share, then in the order of
/// coming. It stays the same, so that who has begun comes to an end: taking turns, all would end together, and what the
/// server does next for each would come at once, in front of everybody else's.
type Place = (u32, u64);

fn doublings(used: Duration) -> u32 {
    (used.as_nanos() / SHARE.as_nanos()).checked_ilog2().unwrap_or(0)
}

#[derive(Default)]
struct Waiting {
    front: VecDeque<Runnable>,
    back: BTreeMap<Place, VecDeque<Runnable>>,
    came: u64,
    ended: bool,
}

impl Waiting {
    fn first_at_the_back(&mut self) -> Option<Runnable> {
        let mut first = self.back.first_entry()?;
        let guest = first.get_mut().pop_front();
        if first.get().is_empty() {
            first.remove();
        }
        guest
    }
}

#[derive(Default)]
struct Lines {
    waiting: Mutex<Waiting>,
    front: Condvar,
    back: Condvar,
}

impl Lines {
    fn join(&self, account: &Account, turn: &Allowance, guest: Runnable) {
        let used = account.used();
        let mut waiting = lock(&self.waiting);
        if waiting.ended {
            // Nobody is left to run it: it ends here, after the lock is given back.
            drop(waiting);
            return;
        }
        if used <= SHARE {
            waiting.front.push_back(guest);
            self.front.notify_one();
        } else {
            waiting.came += 1;
            let place = turn.place(|| (doublings(used), waiting.came));
            waiting.back.entry(place).or_default().push_back(guest);
            self.back.notify_one();
        }
    }

    /// Waits for the next of a lane; none when all is over.
    fn next(&self, lane: Lane) -> Option<Runnable> {
        let mut waiting = lock(&self.waiting);
        loop {
            if waiting.ended {
                return None;
            }
            let (next, bell) = match lane {
                Lane::Front => (waiting.front.pop_front(), &self.front),
                Lane::Back => (waiting.first_at_the_back(), &self.back),
            };
            if next.is_some() {
                return next;
            }
            waiting = bell.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn run(&self, lane: Lane) {
        while let Some(guest) = self.next(lane) {
            // A panic of the host in a guest's call ends that call; its caller finds nobody at the other end.
            if catch_unwind(AssertUnwindSafe(|| guest.run())).is_err() {
                tracing::error!("the host panicked in a module's call");
            }
        }
    }

    fn end(&self) {
        let mut waiting = lock(&self.waiting);
        waiting.ended = true;
        let left = (std::mem::take(&mut waiting.front), std::mem::take(&mut waiting.back));
        drop(waiting);
        self.front.notify_all();
        self.back.notify_all();
        // What a guest holds may ask for the lock again when it goes.
        drop(left);
    }
}

/// Threads for guests alone. They end with it.
pub(crate) struct Threads {
    lines: Arc<Lines>,
    accounts: Mutex<BTreeMap<TenantId, Arc<Account>>>,
    /// Dropped, it ends the thread that keeps the time.
    _time: oneshot::Sender<()>,
}

impl Threads {
    pub(crate) fn start() -> io::Result<Self> {
        let (time, ended) = oneshot::channel();
        let clock = start_clock(ended)?;
        let lines: Arc<Lines> = Arc::default();
        let processors = thread::available_parallelism().map_or(2, usize::from);
        let lanes = [(Lane::Front, processors.max(2)), (Lane::Back, (processors / 2).max(1))];
        for lane in lanes.into_iter().flat_map(|(lane, threads)| std::iter::repeat_n(lane, threads)) {
            let (lines, clock) = (Arc::clone(&lines), clock.clone());
            let work = move || {
                let _time = clock.enter();
                if lane == Lane::Back {
                    give_way();
                }
                lines.run(lane);
            };
            thread::Builder::new().name(lane.name().to_owned()).spawn(work)?;
        }
        Ok(Self { lines, accounts: Mutex::default(), _time: time })
    }

    pub(crate) fn account(&self, tenant: TenantId) -> Arc<Account> {
        Arc::clone(lock(&self.accounts).entry(tenant).or_insert_with(|| Arc::new(Account::new())))
    }

    /// Runs to its end whether or not anybody still waits for it; without a turn it is one by itself. Nothing comes when
    /// the host panicked in it.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        account: &Arc<Account>,
        turn: Option<Arc<Allowance>>,
        work: impl Future<Output = T> + Send + 'static,
    ) -> oneshot::Receiver<T> {
        let (answer, answered) = oneshot::channel();
        let run = async move {
            // Whoever asked may have gone.
            let _gone = answer.send(work.await);
        };
        let turn = turn.unwrap_or_default();
        let (lines, account) = (Arc::clone(&self.lines), Arc::clone(account));
        let (guest, task) = async_task::spawn(run, move |guest| lines.join(&account, &turn, guest));
        guest.schedule();
        task.detach();
        answered
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.lines.end();
    }
}

/// A runtime that does nothing but wake those whose time has come.
fn start_clock(ended: oneshot::Receiver<()>) -> io::Result<runtime::Handle> {
    let clock = runtime::Builder::new_current_thread().enable_time().build()?;
    let handle = clock.handle().clone();
    let keep = move || {
        // An error is the end too: the sender was dropped.
        let _ended = clock.block_on(ended);
    };
    thread::Builder::new().name("guest-clock".to_owned()).spawn(keep)?;
    Ok(handle)
}

/// From here on this thread runs when nobody else wants the processor.
fn give_way() {
    if let Err(error) = set_current_thread_priority(ThreadPriority::Min) {
        tracing::warn!(?error, "modules that use much run at the same priority as the server");
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;

    fn threads() -> Threads {
        Threads::start().unwrap()
    }

    fn tenant(number: u128) -> TenantId {
        TenantId(uuid::Uuid::from_u128(number))
    }

    /// The name of the thread, and how much it gives way.
    async fn runs_on(threads: &Threads, account: &Arc<Account>) -> (String, i32) {
        let ask = async {
            let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
            let nice = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(16).unwrap().parse().unwrap();
            (thread::current().name().unwrap().to_owned(), nice)
        };
        threads.spawn(account, None, ask).await.unwrap()
    }

    #[tokio::test]
    async fn whoever_used_more_than_a_share_gives_way_until_it_is_forgotten() {
        let threads = threads();
        let account = threads.account(tenant(1));
        let (front, usual) = runs_on(&threads, &account).await;
        assert_eq!(front, "guest");
        account.charge(20_000_000);
        assert!(account.overdrawn());
        let (back, low) = runs_on(&threads, &account).await;
        assert!(back == "guest-back" && low > usual, "{back} {low} {usual}");
        assert_eq!(runs_on(&threads, &threads.account(tenant(2))).await.0, "guest");
        tokio::time::sleep(HALF_LIFE).await;
        assert_eq!(runs_on(&threads, &account).await.0, "guest");
    }

    /// Threads at the back that do nothing before they are let go, one at a time.
    async fn hold_the_back(threads: &Threads, account: &Arc<Account>) -> std::sync::mpsc::Sender<()> {
        let (free, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(Mutex::new(held));
        for _ in 0..(thread::available_parallelism().unwrap().get() / 2).max(1) {
            let held = Arc::clone(&held);
            drop(threads.spawn(account, None, async move {
                let _let_go = lock(&held).recv();
            }));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        free
    }

    /// Nobody at the back keeps the front waiting, and there the one who used least goes first.
    #[tokio::test]
    async fn the_back_is_served_by_what_was_used() {
        let threads = threads();
        let (greedy, modest) = (threads.account(tenant(1)), threads.account(tenant(2)));
        greedy.charge(60_000_000_000);
        modest.charge(2_000_000_000);
        let free = hold_the_back(&threads, &greedy).await;
        let order: Arc<Mutex<Vec<&str>>> = Arc::default();
        let mut all = Vec::new();
        for (name, account) in [("greedy", &greedy), ("modest", &modest), ("greedy", &greedy), ("modest", &modest)] {
            let order = Arc::clone(&order);
            all.push(threads.spawn(account, None, async move { lock(&order).push(name) }));
        }
        assert_eq!(threads.spawn(&threads.account(tenant(3)), None, async { 1 }).await, Ok(1));
        assert!(lock(&order).is_empty());
        free.send(()).unwrap();
        for done in all {
            done.await.unwrap();
        }
        assert_eq!(*lock(&order), ["modest", "modest", "greedy", "greedy"]);
    }

    /// Two that used as much: the first goes on after each tick until it is done, and its turn's next call goes before the
    /// other, which had begun meanwhile.
    #[tokio::test]
    async fn a_turn_at_the_back_keeps_its_place_to_its_end() {
        let threads = threads();
        let accounts = [tenant(1), tenant(2)].map(|tenant| threads.account(tenant));
        accounts.iter().for_each(|account| account.charge(90_000_000));
        let free = hold_the_back(&threads, &accounts[0]).await;
        let order: Arc<Mutex<Vec<usize>>> = Arc::default();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let wait = Arc::new(Mutex::new(wait));
        let ticks = |who: usize| {
            let (order, wait) = (Arc::clone(&order), Arc::clone(&wait));
            async move {
                for tick in 0..3 {
                    lock(&order).push(who);
                    if (who, tick) == (1, 0) {
                        lock(&wait).recv().unwrap();
                    }
                    // A tick of the epoch is over.
                    let mut over = false;
                    std::future::poll_fn(|context| {
                        context.waker().wake_by_ref();
                        if std::mem::replace(&mut over, true) { Poll::Ready(()) } else { Poll::Pending }
                    })
                    .await;
                }
            }
        };
        let turns: [Arc<Allowance>; 2] = Default::default();
        let call = |who: usize| threads.spawn(&accounts[who], Some(Arc::clone(&turns[who])), ticks(who));
        let (first, other) = (call(0), call(1));
        free.send(()).unwrap();
        first.await.unwrap();
        while lock(&order).len() < 4 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let next = call(0);
        go.send(()).unwrap();
        next.await.unwrap();
        other.await.unwrap();
        assert_eq!(*lock(&order), [0, 0, 0, 1, 0, 0, 0, 1, 1]);
    }

    #[tokio::test]
    async fn a_panic_of_the_host_is_one_callers_and_time_goes_on() {
        let threads = threads();
        let account = threads.account(tenant(1));
        for _ in 0..8 {
            assert!(threads.spawn(&account, None, async { panic!("meant") }).await.is_err());
        }
        let waits = async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let late = tokio::time::timeout(Duration::from_millis(5), std::future::pending::<()>()).await;
            late.is_err()
        };
        assert_eq!(threads.spawn(&account, None, waits).await, Ok(true));
    }
}
