//! The writer thread: owns the one connection that writes and commits in groups.
//!
//! It runs all jobs that are waiting, or arrive while it does, each in its own savepoint, commits once and then answers all:
//! one fsync for many requests. A job is answered only after its commit; when the commit fails, so does every job of the group.
//! What needs the connection for itself, such as putting a snapshot back, runs between two groups.

use std::iter::{from_fn, once};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::engine::Engine;
use super::place::FileIdentity;
use crate::api::ErrorCode;
use crate::error::{ApiError, Result};
use crate::metrics::{Counter, Distribution, Histogram, Members};
use crate::store::tx::WriteTx;
use crate::store::vitals::WriterVitals;

/// The most jobs that share a commit.
const GROUP: usize = 256;

/// Runs a job; what it returns is to be called with the outcome of the commit.
type Job = Box<dyn FnOnce(Result<Engine<'_>, String>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), String>)>;

/// What the thread is given to do.
enum Task {
    /// Shares a commit with others.
    Grouped(Job),
    /// Has the connection for itself.
    Alone(Box<dyn FnOnce(&mut Connection) + Send>),
}

/// The handle to the writer thread; dropping it lets the thread finish what is waiting.
pub(in crate::store) struct Writer {
    tasks: Option<Sender<Task>>,
    thread: Option<JoinHandle<()>>,
    /// Changes whenever the outbox has got a message.
    messages: watch::Sender<()>,
    counted: Arc<Counted>,
}

/// What is counted of the jobs.
#[derive(Default)]
struct Counted {
    /// Those that wait.
    waiting: Counter,
    /// How many have shared a commit.
    groups: Histogram<Members>,
}

impl Writer {
    /// Starts the thread. Whether the file is still `identity` is checked with each commit.
    pub(super) fn start(
        connection: Connection,
        identity: Option<FileIdentity>,
    ) -> std::io::Result<Self> {
        let (tasks, waiting) = channel();
        let counted: Arc<Counted> = Arc::default();
        let counts = Arc::clone(&counted);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || run(connection, identity.as_ref(), &waiting, &counts))?;
        Ok(Self {
            tasks: Some(tasks),
            thread: Some(thread),
            messages: watch::Sender::default(),
            counted,
        })
    }

    /// Hands `work` to the thread; its outcome arrives after the commit.
    pub(in crate::store) fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T>>> {
        let (answer, outcome) = oneshot::channel();
        let messages = self.messages.clone();
        let job: Job = Box::new(move |engine| {
            let result = match engine {
                Ok(engine) => WriteTx::savepoint(engine, work),
                Err(why) => Err(ApiError::internal(why)),
            };
            Box::new(move |committed| {
                let result = match (committed, result) {
                    (Ok(()), result) => result,
                    // A fault in the job, as a full disk, says more than the commit that fails because of it.
                    (Err(_), Err(fault)) if fault.code == ErrorCode::InternalErrorException => {
                        Err(fault)
                    }
                    (Err(why), _) => Err(ApiError::internal(why)),
                };
                if matches!(result, Ok((_, true))) {
                    messages.send_replace(());
                }
                // Whoever asked may have gone away; what was committed stays.
                let _ = answer.send(result.map(|(value, _)| value));
            })
        });
        self.counted.waiting.increment();
        self.hand(Task::Grouped(job))?;
        Ok(outcome)
    }

    /// Hands the thread something that needs its connection for itself, outside of a transaction, and waits for the end.
    ///
    /// # Errors
    /// What `work` returns; `InternalErrorException` when the thread has stopped.
    pub(super) fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, outcome) = sync_channel(1);
        self.hand(Task::Alone(Box::new(move |connection| {
            // Whoever asked may have gone away.
            let _ = answer.send(work(connection));
        })))?;
        outcome.recv().map_err(ApiError::internal)?
    }

    fn hand(&self, task: Task) -> Result<()> {
        let stopped = || ApiError::internal("the writer has stopped");
        let tasks = self.tasks.as_ref().ok_or_else(stopped)?;
        tasks.send(task).map_err(|_| stopped())
    }

    /// What the thread does.
    pub(in crate::store) fn vitals(&self) -> WriterVitals {
        WriterVitals {
            waiting: self.counted.waiting.get(),
            groups: Distribution::of([&self.counted.groups]),
        }
    }

    /// Changes whenever this writer has put messages into the outbox and they are on disk.
    pub(in crate::store) fn messages(&self) -> watch::Receiver<()> {
        self.messages.subscribe()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.tasks.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    mut connection: Connection,
    identity: Option<&FileIdentity>,
    waiting: &Receiver<Task>,
    counted: &Counted,
) {
    let mut next = None;
    while let Some(task) = next.take().or_else(|| waiting.recv().ok()) {
        match task {
            Task::Alone(work) => work(&mut connection),
            Task::Grouped(first) => {
                // Those that arrive while others run share their commit, too, up to one that shares none.
                let more = from_fn(|| match waiting.try_recv().ok()? {
                    Task::Grouped(job) => Some(job),
                    alone @ Task::Alone(_) => {
                        next = Some(alone);
                        None
                    }
                });
                let group = once(first).chain(more.fuse());
                let group = group.take(GROUP).inspect(|_| counted.waiting.decrement());
                let jobs = commit(Engine::of(&connection), identity, group);
                counted.groups.observe(jobs);
            }
        }
    }
}

/// Runs the jobs in one transaction and answers them. Returns how many there were.
fn commit(
    engine: Engine<'_>,
    identity: Option<&FileIdentity>,
    jobs: impl Iterator<Item = Job>,
) -> u64 {
    let begun = engine.begin_to_write().map_err(reason);
    let answers: Vec<Answer> = jobs
        .map(|job| job(begun.as_ref().map(|()| engine).map_err(Clone::clone)))
        .collect();
    let in_place = || identity.map_or(Ok(()), FileIdentity::check);
    let committed = begun.and_then(|()| {
        let committed = in_place().and_then(|()| engine.commit().map_err(reason));
        committed.inspect_err(|_| {
            // SQLite may have rolled back by itself, as when the disk is full; then there is nothing left to undo.
            let _ = engine.roll_back();
        })
    });
    // Only what is on disk in the right place is answered, wherever the file was when the commit began.
    let committed = committed.and_then(|()| in_place());
    let jobs = u64::try_from(answers.len()).unwrap_or(u64::MAX);
    for answer in answers {
        answer(committed.clone());
    }
    jobs
}

fn reason(error: ApiError) -> String {
    error.reason.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (n INTEGER UNIQUE)")
            .unwrap();
        Writer::start(connection, None).unwrap()
    }

    fn insert(writer: &Writer, number: i64) -> oneshot::Receiver<Result<usize>> {
        let insert = move |tx: &WriteTx<'_>| tx.run("INSERT INTO t VALUES (?1)", [number]);
        writer.submit(insert).unwrap()
    }

    fn count(writer: &Writer) -> i64 {
        let count = |tx: &WriteTx<'_>| tx.one("SELECT count(*) FROM t", (), |row| row.get(0));
        writer
            .submit(count)
            .unwrap()
            .blocking_recv()
            .unwrap()
            .unwrap()
    }

    #[test]
    fn a_job_that_fails_leaves_nothing_and_the_others_of_its_group_stay() {
        let writer = writer();
        let half = writer.submit(|tx| {
            tx.run("INSERT INTO t VALUES (100)", ())?;
            Err::<(), _>(ApiError::no_such_device())
        });
        let outcomes: Vec<_> = [1, 2, 1, 3].map(|number| insert(&writer, number)).into();
        let stored: Vec<bool> = outcomes
            .into_iter()
            .map(|outcome| outcome.blocking_recv().unwrap().is_ok())
            .collect();
        assert_eq!(stored, [true, true, false, true]);
        assert!(half.unwrap().blocking_recv().unwrap().is_err());
        assert_eq!(count(&writer), 3);
    }

    #[test]
    fn a_disk_that_is_full_is_the_reason_that_the_log_gets() {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE t (n INTEGER UNIQUE); PRAGMA max_page_count = 4")
            .unwrap();
        let writer = Writer::start(connection, None).unwrap();
        let fill = |tx: &WriteTx<'_>| {
            for number in 0..10_000_i64 {
                tx.run("INSERT INTO t VALUES (?1)", [number])?;
            }
            Ok(())
        };
        let filled = writer.submit(fill).unwrap().blocking_recv().unwrap();
        let reason = filled.unwrap_err().reason.unwrap();
        assert!(reason.contains("full"), "{reason}");
        assert!(insert(&writer, 1).blocking_recv().unwrap().is_ok());
        assert_eq!(count(&writer), 1);
    }

    #[test]
    fn a_job_that_panics_is_refused_and_the_writer_lives_on() {
        let writer = writer();
        let panics = writer.submit(|tx| -> Result<()> {
            tx.run("INSERT INTO t VALUES (100)", ())?;
            panic!("on purpose");
        });
        assert!(panics.unwrap().blocking_recv().unwrap().is_err());
        assert!(insert(&writer, 1).blocking_recv().unwrap().is_ok());
        assert_eq!(count(&writer), 1);
    }

    #[test]
    fn a_writer_that_is_dropped_finishes_what_is_waiting() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("t.db");
        let connection = Connection::open(&path).unwrap();
        connection
            .execute_batch("CREATE TABLE t (n INTEGER UNIQUE)")
            .unwrap();
        let writer = Writer::start(connection, None).unwrap();
        for number in 0..1000 {
            drop(insert(&writer, number));
        }
        drop(writer);
        let connection = Connection::open(&path).unwrap();
        let count: i64 = connection
            .query_row("SELECT count(*) FROM t", [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, 1000);
    }
}
