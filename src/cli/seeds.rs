//! `poolhouse seed`: apply, export, generate.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::progress::Pace;
use super::{Failure, SettingsArgs, check_exists, complain, file_of, say};
use crate::ambient::Ambient;
use crate::api::{ErrorCode, Timestamp};
use crate::domain::client::settings::client_id;
use crate::domain::pool::pool_id;
use crate::error::ApiError;
use crate::figures::Count;
use crate::files::{Target, Unfinished, check_free};
use crate::ids::UserPoolId;
use crate::seed::{self, Credentials, Ending, Plan, SeedFile};
use crate::service;
use crate::settings::{Database, Settings};
use crate::store::{Opening, Store, own_files};

/// Fill the registry from files, write it to a file, or generate a large one
#[derive(Subcommand)]
pub(crate) enum Seed {
    Apply(Apply),
    Export(Export),
    Generate(Generate),
}

/// Apply seed files: what they say holds afterwards, what they do not mention stays
///
/// A seed file may be what the AWS CLI or boto3 prints: the answers of describe-user-pool, get-user-pool-mfa-config,
/// describe-user-pool-client, list-users, admin-get-user, get-group, list-groups and list-users-in-group, several of them in one
/// file or in several, in any order.
///
/// All files are applied together or not at all; a mistake is reported with file, place and reason. Applying the same
/// files again changes nothing. The server may run meanwhile. A database that does not exist is refused, so that a wrong path
/// does not create one; --create creates it, unless the files are refused.
#[derive(Args)]
pub(crate) struct Apply {
    /// Seed files (JSON)
    #[arg(required_unless_present = "group", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Pool of what names no pool, as users; it may be left out if the files name one pool
    #[arg(long, value_name = "ID")]
    pool: Option<String>,
    /// Put the users of FILE, which list-users-in-group has printed, into the group NAME; may be given several times
    #[arg(long, num_args = 2, value_names = ["NAME", "FILE"])]
    group: Vec<String>,
    #[command(flatten)]
    into: Into,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// What becomes of the registry that seeds are applied to.
#[derive(Args, Clone, Copy)]
pub(super) struct Into {
    /// Check everything against the database as it is, say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Create the database if it does not exist
    #[arg(long)]
    create: bool,
}

/// Write the whole registry as a seed file
///
/// Applied to an empty database, the file gives the same registry without the sign-ins: users sign in again. The server may run
/// meanwhile; the export is the registry at one moment. A database of an older Poolhouse is refused and left as it is. The file
/// gets its name when it is whole and on the disk, and nobody else may read it (mode 0600). Pipes and devices are written to while
/// the registry is read.
#[derive(Args)]
pub(crate) struct Export {
    /// File to write; standard output when left out
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Overwrite FILE if it exists
    #[arg(long)]
    replace: bool,
    /// Write the keys as well that seal the pools' sessions and sign their tokens: whoever has them can make tokens of any user
    #[arg(long)]
    with_keys: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Generate a large synthetic registry, the same for the same numbers
///
/// Users are named user-00000000 and so on. With --password they can sign in; without it nobody can. What exists already is left
/// as it is. There are at most 100,000,000 users and devices together, and 1,000 devices for each user.
#[derive(Args)]
pub(crate) struct Generate {
    /// Number of users
    #[arg(long, value_name = "N")]
    users: u64,
    /// Number of devices for each user
    #[arg(long, value_name = "M", default_value_t = 1)]
    devices_per_user: u64,
    /// Pool to fill, created if it does not exist
    #[arg(
        long,
        value_name = "ID",
        help = "Pool to fill, created if it does not exist [default: <region>_Generated]"
    )]
    pool_id: Option<String>,
    /// Password of every user; their devices prove themselves with it, too. Each takes about a millisecond of a processor
    #[arg(long)]
    password: Option<String>,
    /// App client to sign in through, created if it does not exist
    #[arg(
        long,
        value_name = "ID",
        requires = "password",
        default_value = "generatedclient0000000001"
    )]
    client_id: String,
    /// Create the database if it does not exist
    #[arg(long)]
    create: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl Seed {
    pub(super) fn run(self, ambient: &Ambient) -> Result<(), Failure> {
        let now = Timestamp::from(ambient.now());
        match self {
            Self::Apply(command) => command.run(ambient),
            Self::Export(command) => command.run(ambient),
            Self::Generate(command) => command.run(now, ambient),
        }
    }
}

impl Apply {
    fn run(self, ambient: &Ambient) -> Result<(), Failure> {
        let settings = self.settings.load(&[])?;
        self.into
            .check(&settings, "poolhouse seed apply --create")?;
        let pool = self.pool.map(|pool| pool_id(&pool, &settings.region));
        let pool = pool.transpose().map_err(Failure::Settings)?;
        let mut files = SeedFile::read_all(&self.files, &settings.region)?;
        for pair in self.group.chunks(2) {
            if let [group, file] = pair {
                files.push(SeedFile::read_members(Path::new(file), group)?);
            }
        }
        self.into.apply(settings, ambient, files, pool)
    }
}

impl Into {
    /// Refuses a registry that does not exist, before anything else is done, unless there is no need for one; `creating` is the command
    /// that creates it.
    pub(super) fn check(self, settings: &Settings, creating: &str) -> Result<(), Failure> {
        check_file(settings, self.create || self.dry_run, creating)
    }

    /// Applies seeds to the registry and says what became of them, or would have. `pool` is the pool of what names none.
    pub(super) fn apply(
        self,
        mut settings: Settings,
        ambient: &Ambient,
        files: Vec<SeedFile>,
        pool: Option<UserPoolId>,
    ) -> Result<(), Failure> {
        let (database, account) = (settings.database.clone(), settings.account.clone());
        let (opening, ending) = self.ways(&mut settings);
        let tell = Pace::of(ambient).lines();
        let summary = fill(&settings, ambient, opening, |store| {
            let applied = seed::apply(store, files, pool, &account, ambient, ending, tell);
            Ok(applied?)
        })?;
        say(format_args!("{database}: {summary}"));
        if summary.without_password > 0 {
            let (number, verb) = match summary.without_password {
                1 => ("1 user".to_owned(), "was"),
                number => (format!("{} users", Count(number)), "were"),
            };
            complain(format_args!(
                "{number} {verb} created without a password, and cannot sign in before one is set: by AdminSetUserPassword, by \
                 ForgotPassword, or by a seed"
            ));
        }
        if self.dry_run {
            complain("Nothing was written.");
        }
        Ok(())
    }

    /// How the registry is opened, and how its transaction ends. A dry run for a registry that is still to be made gets one in memory.
    fn ways(self, settings: &mut Settings) -> (Opening, Ending) {
        if !self.dry_run {
            return (opening(self.create), Ending::Commit);
        }
        match &settings.database {
            Database::File(path) if !path.exists() => settings.database = Database::Memory,
            Database::File(_) | Database::Memory | Database::Postgres(_) => {}
        }
        match settings.database {
            Database::Memory => (Opening::Create, Ending::RollBack),
            Database::File(_) | Database::Postgres(_) => (Opening::AsItIs, Ending::RollBack),
        }
    }
}

impl Export {
    fn run(self, ambient: &Ambient) -> Result<(), Failure> {
        let settings = self.settings.load(&[])?;
        check_exists(&settings, None)?;
        let store = open(&settings, ambient, Opening::AsItIs)?;
        let tell = Pace::of(ambient).lines();
        let place = match &self.file {
            Some(path) => path.display().to_string(),
            None => "standard output".to_owned(),
        };
        let fail = |why: &dyn Display| Failure::Failed(format!("{place}: {why}"));
        let write = |output: &mut dyn Write| {
            let mut output = BufWriter::new(output);
            seed::export(&store, self.with_keys, &mut output, tell)
                .map_err(|error| fail(&error.reason.unwrap_or_default()))
        };
        match self.file.as_deref().map(Target::of) {
            None => complain(write(&mut io::stdout().lock())?),
            Some(Target::Stream(stream)) => {
                let output = OpenOptions::new().append(true).open(stream);
                let exported = write(&mut output.map_err(|error| fail(&error))?)?;
                complain(format_args!("{place}: {exported}"));
            }
            Some(Target::File(name)) => {
                let own = match &settings.database {
                    Database::File(path) => own_files(path),
                    Database::Memory | Database::Postgres(_) => Vec::new(),
                };
                check_free(&name, self.replace, &own).map_err(|why| fail(&why))?;
                let created = Unfinished::create(&name, &[]);
                let (unfinished, mut output) = created.map_err(|error| fail(&error))?;
                let exported = write(&mut output)?;
                let finished = unfinished.finish(self.replace);
                finished.map_err(|error| fail(&error))?;
                say(format_args!("{place}: {exported}"));
            }
        }
        Ok(())
    }
}

/// Refuses a registry that does not exist, before anything else is done, unless `create` allows to create it; `creating` is the
/// command that creates it.
fn check_file(settings: &Settings, create: bool, creating: &str) -> Result<(), Failure> {
    match settings.database {
        Database::File(_) | Database::Memory if create => file_of(settings).map(drop),
        Database::File(_) | Database::Memory | Database::Postgres(_) => {
            check_exists(settings, Some(creating))
        }
    }
}

/// How a registry is opened that `create` allows to create.
fn opening(create: bool) -> Opening {
    if create {
        Opening::Create
    } else {
        Opening::Upgrade
    }
}

/// Opens the registry and fills it. A registry that was created is removed if `work` refuses to fill it.
fn fill<T>(
    settings: &Settings,
    ambient: &Ambient,
    opening: Opening,
    work: impl FnOnce(&Store) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let store = open(settings, ambient, opening)?;
    work(&store).inspect_err(|_| store.discard())
}

/// Opens the registry, and shows what was done to its file.
fn open(settings: &Settings, ambient: &Ambient, opening: Opening) -> Result<Store, Failure> {
    let store = service::open_store(settings, ambient, opening)?;
    store.notices().iter().for_each(complain);
    Ok(store)
}

impl Generate {
    fn run(self, now: Timestamp, ambient: &Ambient) -> Result<(), Failure> {
        let settings = self.settings.load(&[])?;
        check_file(&settings, self.create, "poolhouse seed generate --create")?;
        let opening = opening(self.create);
        let plan = self.plan(&settings)?;
        let tell = progress(&plan, Pace::of(ambient));
        let summary = fill(&settings, ambient, opening, |store| {
            seed::generate(store, &plan, now, tell).map_err(refused)
        })?;
        say(format_args!(
            "{}: {summary} in pool {}",
            settings.database, plan.pool
        ));
        if let Some(credentials) = &plan.credentials {
            say(format_args!("Client {}", credentials.client.as_str()));
        }
        Ok(())
    }

    /// What to generate, within the bounds of a registry.
    fn plan(self, settings: &Settings) -> Result<Plan, Failure> {
        let pool = self.pool_id;
        let pool = pool.unwrap_or_else(|| format!("{}_Generated", settings.region));
        let credentials = self.password.map(|password| {
            Ok::<_, Failure>(Credentials {
                password: password.into(),
                client: client_id(&self.client_id).map_err(refused)?,
            })
        });
        let plan = Plan {
            pool: pool_id(&pool, &settings.region).map_err(Failure::Settings)?,
            account: settings.account.clone(),
            users: self.users,
            devices_per_user: self.devices_per_user,
            credentials: credentials.transpose()?,
        };
        plan.check().map_err(Failure::Settings)?;
        Ok(plan)
    }
}

/// Returns a function that shows, when it is time and at the end, how many users of the plan are generated.
fn progress(plan: &Plan, pace: Pace) -> impl Fn(u64) {
    move |done| {
        if pace.is_due() || done == plan.users {
            let percent = done * 100 / plan.users.max(1);
            let devices = done * plan.devices_per_user;
            complain(format_args!(
                "{percent:>3} %  {} users, {} devices",
                Count(done),
                Count(devices)
            ));
        }
    }
}

/// A refusal as the API words it; a failure of the registry with its reason.
fn refused(error: ApiError) -> Failure {
    match &error.message {
        Some(why) if error.code != ErrorCode::InternalErrorException => {
            Failure::Settings(why.to_string())
        }
        Some(_) | None => error.into(),
    }
}
