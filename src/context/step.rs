//! Steps of a request that its trace shows.

use super::Cx;

/// A step of a request; it ends when this is dropped.
pub(super) struct Running<'c> {
    cx: &'c Cx,
    /// `None` if the request is not traced.
    pub(super) number: Option<usize>,
}

impl Cx {
    /// Begins a step of the request.
    pub(super) fn begin_step(&self, name: &'static str) -> Running<'_> {
        let trace = self.seen.trace();
        let number = trace.and_then(|trace| trace.begin_step(name, self.ambient.elapsed()));
        Running { cx: self, number }
    }

    /// Notes that a step has its turn.
    pub(super) fn step_has_turn(&self, number: Option<usize>) {
        if let (Some(trace), Some(number)) = (self.seen.trace(), number) {
            trace.step_has_turn(number, self.ambient.elapsed());
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if let (Some(trace), Some(number)) = (self.cx.seen.trace(), self.number) {
            trace.end_step(number, self.cx.ambient.elapsed());
        }
    }
}
