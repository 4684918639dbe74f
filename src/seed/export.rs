//! Exporting: the registry as a seed. A line for each user, so that two exports compare well, and never more than one page
//! of users in memory.

use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;

use super::records::user::KeptUser;
use super::records::{pool, user};
use crate::domain::pool::Pool;
use crate::error::{ApiError, Result};
use crate::figures::Holdings;
use crate::store::{ReadTx, Store};

/// Users that are read at once.
const PAGE: u32 = 1000;

/// Writes the whole registry, as it stands at one moment; the keys of pools only `with_keys`. `tell` hears how far it has come.
///
/// # Errors
/// When the store or the output fails.
pub(crate) fn export(
    store: &Store,
    with_keys: bool,
    output: &mut impl Write,
    tell: impl Fn(&dyn Display),
) -> Result<Holdings> {
    store.read_now(|tx| {
        let failed = |error: io::Error| ApiError::internal(error);
        let all = tx.count_users()?;
        let mut exported = Holdings::default();
        write!(output, "{{\"UserPools\": [").map_err(failed)?;
        for (index, id) in tx.pool_ids()?.into_iter().enumerate() {
            let pool = tx.pool(&id)?;
            let separator = if index == 0 { "" } else { "," };
            let head = pool::export(tx, &pool, with_keys, &mut exported)?.to_string();
            // The object stays open for its users.
            let head = head.strip_suffix('}').unwrap_or(&head);
            write!(output, "{separator}\n{head},\n \"Users\": [").map_err(failed)?;
            exported.pools += 1;
            export_users(tx, &pool, output, &mut exported, |exported| {
                let percent = exported.users * 100 / all.max(1);
                tell(&format_args!("{percent:>3} %  {exported}"));
            })?;
            write!(output, "]}}").map_err(failed)?;
        }
        writeln!(output, "]}}")
            .and_then(|()| output.flush())
            .map_err(failed)?;
        Ok(exported)
    })
}

fn export_users(
    tx: &ReadTx<'_>,
    pool: &Arc<Pool>,
    output: &mut impl Write,
    exported: &mut Holdings,
    tell: impl Fn(&Holdings),
) -> Result<()> {
    let mut after = 0;
    let mut separator = "";
    loop {
        let users = tx.users_after(pool, after, PAGE)?;
        let Some((last, _)) = users.last() else {
            return Ok(());
        };
        after = last.row;
        for (user, record) in users {
            let pool = Arc::clone(pool);
            let value = user::export(tx, &KeptUser { pool, user }, record, exported)?;
            exported.users += 1;
            write!(output, "{separator}\n  {value}").map_err(ApiError::internal)?;
            separator = ",";
        }
        tell(exported);
    }
}
