//! A minimal HTTP client, so that the load costs little compared with the server.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Error;

/// A kept-alive HTTP/1.1 connection.
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let buffer = Vec::with_capacity(16 * 1024);
        Ok(Self { stream, buffer })
    }

    /// Sends a request and returns the body of its answer, which must be a success.
    pub(crate) async fn call(&mut self, request: &[u8]) -> Result<&[u8], Error> {
        match self.exchange(request).await? {
            (true, body) => Ok(body),
            (false, body) => Err(String::from_utf8_lossy(body).into()),
        }
    }

    /// Sends a request. Returns whether the answer is a success, and its body.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<(bool, &[u8]), Error> {
        let (head, body) = self.answer(request).await?;
        Ok((head.starts_with(b"HTTP/1.1 200 "), body))
    }

    /// Sends a request. Returns the head of the answer and its body.
    pub(crate) async fn answer(&mut self, request: &[u8]) -> Result<(&[u8], &[u8]), Error> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let (head, whole) = loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            match extent(&self.buffer)? {
                Some((head, whole)) if self.buffer.len() >= whole => break (head, whole),
                Some(_) | None => {}
            }
        };
        if self.buffer.len() > whole {
            return Err(String::from_utf8_lossy(&self.buffer).into());
        }
        Ok(self
            .buffer
            .split_at_checked(head)
            .ok_or("a head without an end")?)
    }
}

/// The end of the head of an answer, and the length of the whole answer. Returns `None` while the head is not complete.
fn extent(answer: &[u8]) -> Result<Option<(usize, usize)>, Error> {
    const END: &[u8] = b"\r\n\r\n";
    const LENGTH: &[u8] = b"\r\ncontent-length: ";
    let Some(end) = answer.windows(END.len()).position(|bytes| bytes == END) else {
        return Ok(None);
    };
    let head = end + END.len();
    let length = answer
        .windows(LENGTH.len())
        .position(|bytes| bytes == LENGTH)
        .filter(|place| *place < end)
        .and_then(|place| answer.get(place + LENGTH.len()..head))
        .and_then(|rest| rest.split(|byte| *byte == b'\r').next())
        .ok_or("the answer has no length")?;
    let length: usize = std::str::from_utf8(length)?.parse()?;
    Ok(Some((head, head + length)))
}
