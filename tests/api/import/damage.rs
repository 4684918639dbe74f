//! `poolhouse check --deep` tells of damaged jobs, files and logs.

use super::{create, ended, file, line, pool, start, upload};
use crate::world::{POOL, Tool};

/// A damage to the registry, and what the command says of it after the row's place.
const DAMAGES: &[(&str, &str, &str)] = &[
    (
        "UPDATE import_jobs SET job_id = 'nonsense' WHERE row = 1",
        "import_jobs row 1",
        "1 validation error detected: Value 'nonsense' at 'jobId' failed to satisfy constraint: ",
    ),
    (
        "UPDATE import_jobs SET upload_key = zeroblob(31) WHERE row = 1",
        "import_jobs row 1",
        "upload_key has 31 bytes, not 32",
    ),
    (
        "UPDATE import_jobs SET status = 'Perhaps' WHERE row = 1",
        "import_jobs row 1",
        "unknown variant `Perhaps`",
    ),
    (
        "UPDATE import_jobs SET completed_ms = NULL WHERE row = 1",
        "import_jobs row 1",
        "the status and the date of completion disagree",
    ),
    (
        "UPDATE import_jobs SET upload = 3 WHERE row = 2",
        "import_jobs row 2",
        "an upload is whole that never began",
    ),
    (
        "UPDATE import_jobs SET started_ms = 9000000000000000 WHERE row = 1",
        "import_jobs row 1",
        "started_ms is 9000000000000000, which is no date",
    ),
    (
        "UPDATE import_pieces SET bytes = x'00' WHERE number = 0 AND job = 2",
        "import_pieces row 2",
        "a piece of a file has 1 bytes",
    ),
    (
        "UPDATE import_log SET last_line = 9",
        "import_log row 2",
        "the lines are not among those that were read",
    ),
    (
        "UPDATE import_log SET outcome = 'PERHAPS'",
        "import_log row 2",
        "the outcome is none",
    ),
];

#[test]
fn damage_to_jobs_files_and_logs_is_told_with_its_place() {
    let tool = Tool::new();
    tool.apply_seed(&pool().into_seed());
    let server = tool.serve("--limits off --log-format off");
    let client = server.client();
    let users = [line("ben", &[]), line("cleo", &[])];
    for padding in [10, 70_000] {
        let job = create(&client);
        upload(&client, &job, file(&users) + &" ".repeat(padding));
        if padding == 10 {
            start(&client, &job);
            ended(&client, &job);
        }
    }
    assert_eq!(tool.run("backup whole.db").code, 0);
    for (damage, place, fault) in DAMAGES {
        let copied = tool.run("backup --replace --database whole.db damaged.db");
        assert_eq!(copied.code, 0);
        let outcome = tool.run("check --deep --database damaged.db");
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let file = rusqlite::Connection::open(tool.path("damaged.db")).unwrap();
        assert_eq!(file.execute(damage, []).unwrap(), 1, "{damage}");
        drop(file);
        let outcome = tool.run("check --deep --database damaged.db");
        let expected = format!("Record     {place} of {POOL}: {fault}");
        assert!(
            outcome.stdout.contains(&expected),
            "{expected}: {outcome:?}"
        );
        assert_eq!(outcome.code, 1);
    }
}
