//! The socket of a connection. It reports to [`Connection`] what passes through it, and ends when that says so.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connections::{Connection, Reading};

/// The answer to a head that does not arrive in time (RFC 9110 section 15.5.9).
const LATE_HEAD: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// The bytes that are read before they are processed. actix-http reads everything that has arrived, up to 128 KiB, into a buffer
/// that it keeps, and hundreds of clients can fill their buffers at once.
const TURN: usize = 16 * 1024;

/// The socket of a connection.
pub(super) struct Socket {
    stream: TcpStream,
    connection: Rc<Connection>,
    /// The bytes that were read in this turn.
    turn: usize,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, connection: Rc<Connection>) -> Self {
        Self {
            stream,
            connection,
            turn: 0,
        }
    }

    pub(super) fn connection(&self) -> &Rc<Connection> {
        &self.connection
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.connection.closed();
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.connection.woken_by(cx.waker());
        match self.connection.reading() {
            Reading::On if self.turn >= TURN => {
                self.turn = 0;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Reading::On => {
                let before = buffer.filled().len();
                let has_room = buffer.remaining() > 0;
                let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
                let read = buffer.filled().len().saturating_sub(before);
                if has_room && read == 0 && polled.is_ready() {
                    self.connection.has_left();
                }
                self.connection.received(read);
                self.turn = if polled.is_ready() {
                    self.turn + read
                } else {
                    0
                };
                polled
            }
            Reading::Nothing => Poll::Pending,
            Reading::End => Poll::Ready(Ok(())),
            Reading::LateHead => {
                // No other answer is being written, because there is no other request.
                let _ = self.stream.try_write(LATE_HEAD);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.connection.is_given_up() {
            return Poll::Ready(Err(ErrorKind::TimedOut.into()));
        }
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.connection.wrote(polled.is_pending());
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
