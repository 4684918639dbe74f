//! The log: a line for each request, whatever the reader of the log does.

mod lines;
mod readers;

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::world::Server;

fn address(server: &Server) -> String {
    server.address().to_owned()
}

/// A request whose body has not arrived.
fn unfinished(server: &Server) -> TcpStream {
    let mut stream = TcpStream::connect(address(server)).unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: \
         AWSCognitoIdentityProviderService.GetUser\r\nContent-Length: 19\r\nExpect: 100-continue\r\n\r\n",
        address(server)
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    stream
}
