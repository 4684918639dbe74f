//! Taking back a registry that was made to be filled with something that was then refused.

use std::fs;

use super::compact::alone;
use super::open::Sqlite;
use super::place::own_files;

impl Sqlite {
    /// Removes the file, what SQLite keeps beside it, and the directories that were made for it. They stay if the file was there
    /// before it was opened, if it holds a pool, and if another process has it open.
    pub(in crate::store) fn discard(self) {
        if self.check_identity().is_err() {
            return;
        }
        let Self {
            readers,
            writer,
            made,
            ..
        } = self;
        drop((readers, writer));
        let Some((file, directories)) = made.split_first() else {
            return;
        };
        // It locks the file until the names are gone: whoever opens the file meanwhile waits, and is then refused.
        let Ok(connection) = alone(file) else {
            return;
        };
        let pools = connection.query_row("SELECT count(*) FROM pools", [], |row| row.get(0));
        if pools != Ok(0_i64) {
            return;
        }
        for own in own_files(file) {
            // What cannot be removed is an empty registry, which does no harm.
            let _ = fs::remove_file(own);
        }
        drop(connection);
        for directory in directories {
            // Another program may have put something there.
            let _ = fs::remove_dir(directory);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::api::UserPoolType;
    use crate::ids::{AccountId, UserPoolId};
    use crate::settings::Database;
    use crate::store::Store;

    fn open(path: &Path) -> Store {
        Store::opened(Database::File(path.to_owned()), 2)
    }

    #[test]
    fn an_empty_registry_goes_with_the_directories_that_were_made_for_it() {
        let above = tempfile::tempdir().unwrap();
        let path = above.path().join("deep/er/poolhouse.db");
        open(&path).discard();
        assert!(!above.path().join("deep").exists());
        assert!(above.path().exists());
    }

    #[test]
    fn a_registry_stays_that_others_have_made_or_use_or_that_holds_a_pool() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("poolhouse.db");
        let (first, second) = (open(&path), open(&path));
        first.discard();
        assert!(path.exists(), "another has it open");
        drop(second);
        open(&path).discard();
        assert!(path.exists(), "it was there before");

        let path = directory.path().join("other.db");
        let store = open(&path);
        store
            .write_now(|tx| {
                let id = UserPoolId::from("us-east-1_A".to_owned());
                let account = AccountId::parse("000000000000").unwrap();
                tx.put_pool(&id, &account, &UserPoolType::default())
            })
            .unwrap();
        store.discard();
        assert!(path.exists(), "it holds a pool");
    }
}
