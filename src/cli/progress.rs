//! How progress is shown: on standard error, about once a second.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::complain;
use crate::ambient::Ambient;

/// How often progress is shown.
const PACE: Duration = Duration::from_secs(1);

/// Tells when progress is to be shown again.
pub(super) struct Pace {
    ambient: Ambient,
    shown: Mutex<Duration>,
}

impl Pace {
    pub(super) fn of(ambient: &Ambient) -> Self {
        Self {
            ambient: ambient.clone(),
            shown: Mutex::new(ambient.elapsed()),
        }
    }

    /// Whether it is time to show progress, which is then taken as shown.
    pub(super) fn is_due(&self) -> bool {
        let elapsed = self.ambient.elapsed();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = elapsed >= *shown + PACE;
        if is_due {
            *shown = elapsed;
        }
        is_due
    }

    /// Shows what it is told, when it is time.
    pub(super) fn lines(self) -> impl Fn(&dyn Display) + Send + Sync + 'static {
        self.lines_to(|progress| complain(progress))
    }

    /// Has what it is told shown by `show`, when it is time.
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
