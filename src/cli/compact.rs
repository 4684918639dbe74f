//! `poolhouse compact`.

use clap::Args;

use super::{Failure, SettingsArgs, existing_file_of, say};
use crate::ambient::Ambient;
use crate::api::Timestamp;
use crate::figures::Count;
use crate::service;
use crate::store::{CompactError, compact};

/// Make the database file as small as what it holds, while no server runs
///
/// Records that have expired are removed first: used sessions, sign-ins, messages and the like, which a server removes by
/// itself. A file keeps the room of what was removed and uses it again, so this is of use after much was removed for good. It is
/// refused while another process has the file open. A power cut in the middle loses nothing. Exit code 1: in use, or too
/// little room; 4: there is no database, or it is damaged.
#[derive(Args)]
pub(crate) struct Compact {
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Compact {
    pub(super) fn run(self, ambient: &Ambient) -> Result<(), Failure> {
        let settings = self.settings.load(&[])?;
        let file = existing_file_of(&settings)?;
        let now = Timestamp::from(ambient.now());
        let size = compact(file, now, service::busy(&settings), |plan| {
            say(format_args!(
                "{}: {} bytes, {} of them empty; {} expired records removed",
                file.display(),
                Count(plan.size),
                Count(plan.empty),
                Count::of(plan.expired)
            ));
            say(format_args!(
                "Takes up to {} bytes beside the file; {} are free.",
                Count(plan.needed),
                Count(plan.free)
            ));
        })?;
        say(format_args!("{}: {} bytes", file.display(), Count(size)));
        Ok(())
    }
}

impl From<CompactError> for Failure {
    fn from(error: CompactError) -> Self {
        match error {
            CompactError::Unusable(unusable) => unusable.into(),
            CompactError::InUse(why) | CompactError::NoRoom(why) => Self::Failed(why),
        }
    }
}
