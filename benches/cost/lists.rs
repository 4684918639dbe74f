//! Compares the cost of the last page of a long list with that of the first, and what shows a pool or many users with what shows
//! one user.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Error;
use crate::http::Connection;
use crate::load::{Load, runtime};
use crate::registry::generate;
use crate::report::{Aim, Figure, median, say, thousands, write_json};
use crate::requests::{Request, Requests};
use crate::server::{Server, poolhouse};

const MAX_LAST_TO_FIRST: f64 = 1.2;
/// A pool is shown without counting its users.
const MAX_POOL_TO_USER: f64 = 1.5;
/// Pools with few and with many users.
const FEW: &str = "us-east-1_Few";
const MANY: &str = "us-east-1_Users";
const FEW_USERS: u64 = 1_000;
/// Divides the lengths of all lists, so that the last page is as long as the first.
const PAGE: u64 = 50;

/// A list to measure.
struct List {
    operation: &'static str,
    pool: &'static str,
    /// The items of the list, and their number.
    length: u64,
    of: &'static str,
    /// The member with the pagination token, in requests and answers.
    token: &'static str,
}

impl List {
    fn request(&self, server: &Server, token: Option<&str>) -> Result<Request, Error> {
        let mut input = json!({"UserPoolId": self.pool, "Limit": PAGE});
        if self.operation == "AdminListDevices" {
            input["Username"] = json!("user-00000000");
        }
        if let Some(token) = token {
            input[self.token] = json!(token);
        }
        Request::sign(server.address, self.operation, &input, "{".to_owned())
    }

    /// The token of the last page.
    fn last_page(&self, server: &Server) -> Result<String, Error> {
        runtime()?.block_on(async {
            let mut connection = Connection::open(server.address).await?;
            let mut token: Option<String> = None;
            loop {
                let request = self.request(server, token.as_deref())?;
                let answer: Value = serde_json::from_slice(connection.call(&request.bytes).await?)?;
                match answer.get(self.token).and_then(Value::as_str) {
                    Some(next) => token = Some(next.to_owned()),
                    None => return token.ok_or_else(|| "the list has one page".into()),
                }
            }
        })
    }
}

/// Measures and prints the results.
pub(crate) fn measure(quick: bool) -> Result<Vec<Figure>, Error> {
    let (devices, users) = if quick {
        (1_000, 5_000)
    } else {
        (10_000, 1_000_000)
    };
    let lists = [
        List {
            operation: "AdminListDevices",
            pool: "us-east-1_Devices",
            length: devices,
            of: "devices of a user",
            token: "PaginationToken",
        },
        List {
            operation: "ListUsers",
            pool: MANY,
            length: users,
            of: "users of a pool",
            token: "PaginationToken",
        },
    ];
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let file = directory.path().join("lists.db");
    generate(&file, "us-east-1_Devices", 1, devices)?;
    generate(&file, MANY, users, 0)?;
    generate(&file, FEW, FEW_USERS, 0)?;
    let server = poolhouse(&file, "off")?;
    let load = Load {
        connections: 16,
        every: None,
        on_its_core: true,
        warm_up: Duration::from_millis(200),
        window: Duration::from_millis(if quick { 300 } else { 1000 }),
    };
    let mut figures = Vec::new();
    for list in &lists {
        let last = list.last_page(&server)?;
        let first = Requests::repeated(list.request(&server, None)?);
        let last = Requests::repeated(list.request(&server, Some(&last))?);
        let mut ratios = Vec::new();
        for _ in 0..3 {
            let first = load.on(&server, &first, false)?;
            let last = load.on(&server, &last, false)?;
            ratios.push(last.cpu / first.cpu);
        }
        let (operation, length, of) = (list.operation, thousands(list.length), list.of);
        figures.push(Figure {
            what: format!(
                "CPU time of {operation}, the last page of {length} {of} against the first"
            ),
            measured: median(ratios.into_iter()),
            aim: Aim::AtMost(MAX_LAST_TO_FIRST),
        });
        say(format_args!("{operation} done"));
    }
    for (pool, users) in [(FEW, FEW_USERS), (MANY, users)] {
        figures.extend(against_one_user(&server, &load, pool, users)?);
    }
    let json =
        json!({"quick": quick, "figures": figures.iter().map(Figure::to_json).collect::<Vec<_>>()});
    write_json("lists", &json)?;
    Ok(figures)
}

/// What shows the pool, and what lists 60 of its users, against what shows one user of it. The processor times themselves are
/// told as well, for a comparison with the same run of another version.
fn against_one_user(
    server: &Server,
    load: &Load,
    pool: &str,
    users: u64,
) -> Result<Vec<Figure>, Error> {
    let request = |operation, more: Value, expected: &str| {
        let mut input = json!({"UserPoolId": pool});
        if let (Some(input), Value::Object(mut more)) = (input.as_object_mut(), more) {
            input.append(&mut more);
        }
        Request::sign(server.address, operation, &input, expected.to_owned())
            .map(Requests::repeated)
    };
    let user = request(
        "AdminGetUser",
        json!({"Username": "user-00000500"}),
        "user-00000500",
    )?;
    let number = format!("\"EstimatedNumberOfUsers\":{users}");
    let filter = json!({"Filter": "username ^= \"user-000005\""});
    let others = [
        (
            "DescribeUserPool",
            request("DescribeUserPool", json!({}), &number)?,
            Aim::AtMost(MAX_POOL_TO_USER),
        ),
        (
            "ListUsers, 60 users",
            request("ListUsers", json!({}), "user-00000000")?,
            Aim::None,
        ),
        (
            "ListUsers, 60 users by a prefix",
            request("ListUsers", filter, "user-00000500")?,
            Aim::None,
        ),
    ];
    let users = thousands(users);
    others
        .into_iter()
        .map(|(name, other, aim)| {
            let mut rounds = Vec::new();
            for _ in 0..3 {
                let one = load.on(server, &user, true)?.cpu;
                rounds.push((one, load.on(server, &other, true)?.cpu));
            }
            let [one, other] = [
                median(rounds.iter().map(|(one, _)| *one)),
                median(rounds.iter().map(|(_, other)| *other)),
            ];
            say(format_args!(
                "{name} takes {other:.1} us, AdminGetUser {one:.1} us: {users} users"
            ));
            Ok(Figure {
                what: format!("CPU time of {name} against AdminGetUser: a pool of {users} users"),
                measured: median(rounds.iter().map(|(one, other)| other / one)),
                aim,
            })
        })
        .collect()
}
