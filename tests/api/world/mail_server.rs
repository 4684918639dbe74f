//! A mail server on a loopback address (RFC 5321), which keeps what it takes and refuses what the test says.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a mail server does with a letter.
#[derive(Clone, Copy)]
pub(crate) enum Conduct {
    Takes,
    /// Answers the recipient so.
    Refuses(&'static str),
    /// Takes the whole letter and never says so.
    Hangs,
}

/// A letter that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) recipient: String,
    /// Headers and body as they were sent.
    pub(crate) text: String,
}

impl Letter {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        let mut lines = self.text.lines();
        let line = lines.find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_default()
    }
}

/// A mail server.
pub(crate) struct MailServer {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    conduct: Mutex<Conduct>,
    taken: Mutex<Vec<Letter>>,
    /// The letters that it has and never confirmed.
    hanging: Mutex<Vec<TcpStream>>,
}

impl MailServer {
    /// A mail server on a free port.
    pub(crate) fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// A mail server on this port.
    pub(crate) fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            conduct: Mutex::new(Conduct::Takes),
            taken: Mutex::default(),
            hanging: Mutex::default(),
        });
        let served = Arc::clone(&inner);
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let inner = Arc::clone(&served);
                std::thread::spawn(move || inner.converse(stream));
            }
        });
        Self { address, inner }
    }

    /// A port on which nobody listens.
    pub(crate) fn nowhere() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    }

    /// Says what it does with the letters that come.
    pub(crate) fn conducts_itself(&self, conduct: Conduct) {
        *self.inner.conduct.lock().unwrap() = conduct;
    }

    /// The letters that it has taken.
    pub(crate) fn taken(&self) -> Vec<Letter> {
        self.inner.taken.lock().unwrap().clone()
    }

    /// Waits until it has taken so many letters.
    pub(crate) fn has_taken(&self, number: usize) -> Vec<Letter> {
        until(|| Some(self.taken()).filter(|taken| taken.len() >= number))
    }

    /// Waits until it has a letter that it never confirms.
    pub(crate) fn hangs(&self) {
        until(|| (!self.inner.hanging.lock().unwrap().is_empty()).then_some(()));
    }
}

/// Waits until there is a value, but not for ever.
pub(crate) fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1200 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("it never came");
}

impl Inner {
    /// Serves a connection to its end.
    fn converse(&self, stream: TcpStream) {
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let say = |text: &str| (&stream).write_all(format!("{text}\r\n").as_bytes());
        let mut recipient = String::new();
        let mut said = say("220 mail.test ESMTP");
        while said.is_ok()
            && let Some(Ok(line)) = lines.next()
        {
            let conduct = *self.conduct.lock().unwrap();
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            said = match (verb.as_str(), conduct) {
                ("EHLO", _) => say("250-mail.test\r\n250 8BITMIME"),
                ("RCPT", Conduct::Refuses(reply)) => say(reply),
                ("RCPT", Conduct::Takes | Conduct::Hangs) => {
                    let address = line.split(['<', '>']).nth(1).unwrap();
                    address.clone_into(&mut recipient);
                    say("250 2.1.5 OK")
                }
                ("DATA", _) => {
                    let begun = say("354 go on");
                    let letter = lines.by_ref().map_while(Result::ok);
                    let letter: Vec<String> = letter.take_while(|line| line != ".").collect();
                    if let Conduct::Hangs = conduct {
                        let mut hanging = self.hanging.lock().unwrap();
                        hanging.push(stream.try_clone().unwrap());
                        begun
                    } else {
                        self.taken.lock().unwrap().push(Letter {
                            recipient: recipient.clone(),
                            text: letter.join("\n"),
                        });
                        begun.and_then(|()| say("250 2.0.0 taken"))
                    }
                }
                ("QUIT", _) => {
                    let _ = say("221 2.0.0 bye");
                    return;
                }
                _ => say("250 2.0.0 OK"),
            };
        }
    }
}
