//! Compares the cost of the last page of a long list with that of the first.

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
            pool: "us-east-1_Users",
            length: users,
            of: "users of a pool",
            token: "PaginationToken",
        },
    ];
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let file = directory.path().join("lists.db");
    generate(&file, "us-east-1_Devices", 1, devices)?;
    generate(&file, "us-east-1_Users", users, 0)?;
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
    let json =
        json!({"quick": quick, "figures": figures.iter().map(Figure::to_json).collect::<Vec<_>>()});
    write_json("lists", &json)?;
    Ok(figures)
}
