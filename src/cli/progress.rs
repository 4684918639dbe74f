//! Shows progress on standard error, about once a second.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::complain;
use crate::ambient::Ambient;

/// How often progress is shown.
const PACE: Duration = Duration::from_secs(1);

/// Decides when to show progress.
pub(super) struct Pace {
    ambient: Ambient,
    last: Mutex<Duration>,
}

impl Pace {
    pub(super) fn of(ambient: &Ambient) -> Self {
        Self {
            ambient: ambient.clone(),
            last: Mutex::new(ambient.elapsed()),
        }
    }

    /// Whether it is time to show progress. If so, progress counts as shown now.
    pub(super) fn is_due(&self) -> bool {
        let elapsed = self.ambient.elapsed();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = elapsed >= *last + PACE;
        if is_due {
            *last = elapsed;
        }
        is_due
    }

    /// Returns a function that shows messages when it is time.
    pub(super) fn lines(self) -> impl Fn(&dyn Display) + Send + Sync + 'static {
        self.lines_to(|progress| complain(progress))
    }

    /// Returns a function that passes messages to `show` when it is time.
    pub(super) fn lines_to(
        self,
        show: impl Fn(&dyn Display) + Send + Sync + 'static,
    ) -> impl Fn(&dyn Display) + Send + Sync + 'static {
        move |progress| {
            if self.is_due() {
                show(progress);
            }
        }
    }
}
