//! Files that are written are readable by their owner alone, whatever the umask; and what a command does with a file that exists
//! or is missing.

mod modes;
mod outputs;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;

use crate::world::{POOL, Server};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn write_once(server: &Server) {
    let client = server.client();
    let input = json!({"UserPoolId": POOL, "Username": "diego"});
    client.call("AdminDisableUser", &input).ok();
}
