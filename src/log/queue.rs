//! The queue between the threads that answer requests and the thread that writes lines.
//!
//! A full queue drops lines and counts them; the count is written when the reader reads again. So a slow, stopped or closed
//! reader delays no request, and memory stays bounded.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::line::{Line, Style};
use crate::ambient::Ambient;
use crate::metrics::Counter;

/// The most lines in the queue.
const MAX_LINES: usize = 4096;

/// The bytes that are written at once.
const CHUNK_BYTES: usize = 1 << 16;

/// How long lines are collected before they are written: under load, one write and one wake-up serve many lines.
const GATHER: Duration = Duration::from_millis(5);

/// The pause before a full non-blocking descriptor is tried again.
const RETRY: Duration = Duration::from_millis(20);

/// The queue of lines.
pub(super) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    emptied: Condvar,
    /// All lines that were dropped, or could not be written.
    lost: Counter,
}

#[derive(Default)]
struct State {
    lines: Vec<Line>,
    /// The lines that were dropped because the queue was full.
    dropped: u64,
    /// Whether the thread has written all lines that it took, and waits.
    idle: bool,
}

impl Queue {
    /// Starts the thread that writes lines.
    ///
    /// # Errors
    /// When standard output or standard error cannot be written to, or the thread cannot be started.
    pub(super) fn start(style: Style, ambient: &Ambient) -> io::Result<Arc<Self>> {
        let queue = Arc::new(Self::new());
        let mut writer = Writer {
            style,
            ambient: ambient.clone(),
            out: Output::new(file(io::stdout().as_fd())?),
            err: Output::new(file(io::stderr().as_fd())?),
        };
        let taken_from = Arc::clone(&queue);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                let mut lines = Vec::new();
                loop {
                    let dropped = taken_from.take(&mut lines);
                    taken_from.lost.add(writer.write(&mut lines, dropped));
                }
            })?;
        Ok(queue)
    }

    fn new() -> Self {
        Self {
            state: Mutex::default(),
            filled: Condvar::new(),
            emptied: Condvar::new(),
            lost: Counter::default(),
        }
    }

    /// Adds a line to the queue, or counts it as dropped. Never waits for the writer.
    pub(super) fn push(&self, line: Line) {
        let mut state = self.state();
        if state.lines.len() >= MAX_LINES {
            state.dropped += 1;
            self.lost.increment();
            return;
        }
        state.lines.push(line);
        // Waking a running thread would be a needless system call for each line.
        if mem::take(&mut state.idle) {
            self.filled.notify_one();
        }
    }

    /// Waits for lines and takes all of them. Returns how many were dropped since the last call.
    fn take(&self, lines: &mut Vec<Line>) -> u64 {
        let mut state = self.state();
        if state.lines.is_empty() {
            state.idle = true;
            self.emptied.notify_all();
            while state.lines.is_empty() {
                state = self
                    .filled
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            drop(state);
            pause(GATHER);
            state = self.state();
        }
        mem::swap(&mut state.lines, lines);
        mem::take(&mut state.dropped)
    }

    /// How many lines were dropped, or could not be written.
    pub(super) fn lost(&self) -> u64 {
        self.lost.get()
    }

    /// Waits until all lines are written, but at most for `bound`.
    pub(super) fn flush(&self, bound: Duration) {
        let state = self.state();
        let unwritten = |state: &mut State| !(state.idle && state.lines.is_empty());
        // The caller goes on, whether or not the time was enough.
        drop(self.emptied.wait_timeout_while(state, bound, unwritten));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the descriptor without the buffer and the lock of the standard library: a reader that blocks them would also block the
/// end of the process.
fn file(descriptor: BorrowedFd<'_>) -> io::Result<File> {
    descriptor.try_clone_to_owned().map(File::from)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the thread of the log is on no request's way"
)]
fn pause(time: Duration) {
    thread::sleep(time);
}

struct Writer<W> {
    style: Style,
    ambient: Ambient,
    out: Output<W>,
    err: Output<W>,
}

impl<W: Write> Writer<W> {
    /// Writes lines, then the number of lines that were dropped after them. Returns how many could not be written.
    fn write(&mut self, lines: &mut Vec<Line>, dropped: u64) -> u64 {
        let before = self.out.lost;
        for line in lines.drain(..) {
            let output = if line.is_for_stderr() {
                &mut self.err
            } else {
                &mut self.out
            };
            line.append_to(&mut output.text, self.style);
            if output.text.len() >= CHUNK_BYTES {
                output.write();
            }
        }
        self.out.write();
        self.err.write();
        let unwritten = self.out.lost - before;
        self.out.lost += dropped;
        if self.out.lost > 0 {
            let lost = mem::take(&mut self.out.lost);
            let told = Line::Dropped(lost, self.ambient.system_now());
            told.append_to(&mut self.out.text, self.style);
            self.out.write();
            // The number that could not be written is kept for later; the line with the number does not count as lost.
            if self.out.lost > 0 {
                self.out.lost = lost;
            }
        }
        unwritten
    }
}

/// A descriptor, with the text to write to it.
struct Output<W> {
    to: W,
    text: Vec<u8>,
    /// Whether the last written line lacks its end.
    torn: bool,
    /// The lines that could not be written.
    lost: u64,
}

impl<W: Write> Output<W> {
    fn new(to: W) -> Self {
        Self {
            to,
            text: Vec::with_capacity(CHUNK_BYTES),
            torn: false,
            lost: 0,
        }
    }

    /// Writes the text. If the reader has closed or there is no space, the rest of the text is dropped, and the next lines are
    /// tried again.
    fn write(&mut self) {
        let mut rest = self.text.as_slice();
        if rest.is_empty() {
            return;
        }
        if self.torn && self.to.write_all(b"\n").is_ok() {
            self.torn = false;
        }
        while !rest.is_empty() {
            match self.to.write(rest) {
                Ok(0) => break,
                Ok(written) => {
                    let (done, left) = rest.split_at(written);
                    self.torn = done.last() != Some(&b'\n');
                    rest = left;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => pause(RETRY),
                Err(_) => break,
            }
        }
        let lost = rest.split(|byte| *byte == b'\n').count().saturating_sub(1);
        self.lost += u64::try_from(lost).unwrap_or(u64::MAX);
        self.text.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::ManualClock;

    /// Takes `room` bytes, and then no more until it has room again.
    struct Narrow {
        taken: Vec<u8>,
        room: usize,
    }

    impl Write for Narrow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let fits = bytes.len().min(self.room);
            if fits == 0 {
                return Err(ErrorKind::BrokenPipe.into());
            }
            self.room -= fits;
            self.taken.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn narrow(room: usize) -> Output<Narrow> {
        let taken = Vec::new();
        Output::new(Narrow { taken, room })
    }

    fn line(number: usize) -> Line {
        Line::Out(format!("line {number}"))
    }

    #[test]
    fn what_does_not_fit_is_counted_and_told() {
        let clock = ManualClock::at(chrono::DateTime::UNIX_EPOCH);
        let mut writer = Writer {
            style: Style::Text { color: false },
            ambient: Ambient::set(clock, 1),
            out: narrow(10),
            err: narrow(0),
        };
        writer.write(&mut vec![line(1), line(2), line(3)], 4);
        assert_eq!(writer.out.to.taken, b"line 1\nlin");
        assert_eq!(writer.out.lost, 2 + 4);
        writer.out.to.room = 1 << 10;
        writer.write(&mut vec![line(4)], 0);
        let text = String::from_utf8(writer.out.to.taken).unwrap();
        assert_eq!(
            text,
            "line 1\nlin\nline 4\n1970-01-01T00:00:00.000Z  WARN Log lines were dropped, as they could not be written in \
             time. dropped=6\n"
        );
        assert_eq!(writer.out.lost, 0);
    }

    #[test]
    fn a_full_queue_drops_and_a_flush_waits_no_longer_than_it_may() {
        let queue = Queue::new();
        for number in 0..MAX_LINES + 3 {
            queue.push(line(number));
        }
        queue.flush(Duration::ZERO);
        let mut lines = Vec::new();
        assert_eq!(queue.take(&mut lines), 3);
        assert_eq!(lines.len(), MAX_LINES);
        queue.push(line(0));
        lines.clear();
        assert_eq!(queue.take(&mut lines), 0);
        assert_eq!(lines.len(), 1);
    }
}
