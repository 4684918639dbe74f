//! Registries to measure on, made with `poolhouse seed generate`.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::Error;

/// The pool with the devices.
pub(crate) const POOL: &str = "us-east-1_Generated";

const DEVICES_PER_USER: u64 = 5;

/// Steps of this prime visit every device once before any twice, far from one another (Knuth's multiplicative hash).
const STEP: u64 = 2_654_435_761;

pub(crate) struct Registry {
    pub(crate) file: PathBuf,
    pub(crate) devices: u64,
    pub(crate) bytes: u64,
    pub(crate) generation: Duration,
}

/// A device and its user.
pub(crate) struct Device {
    pub(crate) username: String,
    pub(crate) key: String,
}

/// Adds a pool to the file, with so many users and devices.
pub(crate) fn generate(
    file: &Path,
    pool: &str,
    users: u64,
    devices_per_user: u64,
) -> Result<(), Error> {
    let generated = Command::new(env!("CARGO_BIN_EXE_poolhouse"))
        .env_clear()
        .args(["seed", "generate", "--create", "--pool-id", pool])
        .args(["--users", &users.to_string()])
        .args(["--devices-per-user", &devices_per_user.to_string()])
        .arg("--database")
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if generated.success() {
        Ok(())
    } else {
        Err(format!("seed generate ended with {generated}").into())
    }
}

/// Applies the seed to the file, which is made if there is none.
pub(crate) fn apply(file: &Path, seed: &Value) -> Result<(), Error> {
    let text = file.with_extension("json");
    fs::write(&text, seed.to_string())?;
    let applied = Command::new(env!("CARGO_BIN_EXE_poolhouse"))
        .env_clear()
        .args(["seed", "apply", "--create"])
        .arg(&text)
        .arg("--database")
        .arg(file)
        .stdout(Stdio::null())
        .status()?;
    if applied.success() {
        Ok(())
    } else {
        Err(format!("seed apply ended with {applied}").into())
    }
}

impl Registry {
    pub(crate) fn generate(directory: &Path, devices: u64) -> Result<Self, Error> {
        Self::grow(None, directory, devices)
    }

    /// A registry with so many devices, made of a copy of a smaller one if there is one.
    pub(crate) fn grow(
        smaller: Option<&Self>,
        directory: &Path,
        devices: u64,
    ) -> Result<Self, Error> {
        let file = directory.join(format!("{devices}.db"));
        if let Some(smaller) = smaller {
            fs::copy(&smaller.file, &file)?;
        }
        let users = devices / DEVICES_PER_USER;
        let begun = Instant::now();
        generate(&file, POOL, users, DEVICES_PER_USER)?;
        let generation = begun.elapsed();
        let bytes = fs::metadata(&file)?.len();
        Ok(Self {
            file,
            devices,
            bytes,
            generation,
        })
    }

    /// Bytes of the file for each device.
    #[expect(clippy::cast_precision_loss, reason = "shown in whole bytes")]
    pub(crate) fn bytes_each(&self) -> f64 {
        self.bytes as f64 / self.devices as f64
    }

    /// Reads the whole file, so that the system has it in memory and no disk is measured.
    pub(crate) fn warm(&self) -> Result<(), Error> {
        std::io::copy(&mut fs::File::open(&self.file)?, &mut std::io::sink())?;
        Ok(())
    }

    /// `count` devices from all over the registry.
    pub(crate) fn sample(&self, count: u64) -> Result<Vec<Device>, Error> {
        let connection = Connection::open_with_flags(&self.file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut find = connection.prepare(
            "SELECT username, device_key FROM users JOIN devices USING (pool, username_key)
             WHERE users.row = ?1 ORDER BY device_key LIMIT 1 OFFSET ?2",
        )?;
        let devices = (0..count).map(|number| {
            let place = number * STEP % self.devices;
            let user = i64::try_from(1 + place / DEVICES_PER_USER)?;
            let of_user = i64::try_from(place % DEVICES_PER_USER)?;
            let device = find.query_row([user, of_user], |row| {
                Ok(Device {
                    username: row.get(0)?,
                    key: row.get(1)?,
                })
            })?;
            Ok(device)
        });
        devices.collect()
    }
}
