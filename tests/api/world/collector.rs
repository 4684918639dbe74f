//! An OpenTelemetry collector on a loopback address, which reads spans by the published types of OTLP, and does what the test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use super::mail_server::until;

/// What a collector does with a batch.
#[derive(Clone, Copy)]
pub(crate) enum Intake {
    Takes,
    /// Takes all but so many spans.
    Rejects(i64),
    /// Answers with this status and these headers.
    Answers(u16, &'static str),
    /// Reads the batch and never answers.
    Hangs,
}

/// A batch that came.
#[derive(Clone)]
pub(crate) struct Batch {
    /// The lines of its head.
    pub(crate) head: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Batch {
    /// What it says.
    pub(crate) fn request(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(self.body.as_slice()).unwrap()
    }

    /// Its spans.
    pub(crate) fn spans(&self) -> Vec<Span> {
        let resources = self.request().resource_spans.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.iter().filter_map(|line| line.split_once(": "));
        let mut lines = lines.filter(|(found, _)| found.eq_ignore_ascii_case(name));
        lines.next().map(|(_, value)| value)
    }
}

/// The value of an attribute as text; empty if there is none.
pub(crate) fn attribute_of(attributes: &[KeyValue], key: &str) -> String {
    let found = attributes.iter().find(|one| one.key == key);
    let value = found.and_then(|one| one.value.as_ref()?.value.as_ref());
    match value {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        Some(other) => panic!("{key}: {other:?}"),
        None => String::new(),
    }
}

/// A collector.
pub(crate) struct Collector {
    pub(crate) address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    intake: Mutex<Intake>,
    came: Mutex<Vec<Batch>>,
}

impl Collector {
    /// A collector on a free port.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let inner = Arc::new(Inner {
            intake: Mutex::new(Intake::Takes),
            came: Mutex::default(),
        });
        let served = Arc::clone(&inner);
        // It ends with the process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let inner = Arc::clone(&served);
                std::thread::spawn(move || inner.serve(&stream));
            }
        });
        Self { address, inner }
    }

    /// Its address for the settings.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Says what it does with the batches that come.
    pub(crate) fn does(&self, intake: Intake) {
        *self.inner.intake.lock().unwrap() = intake;
    }

    /// The batches that have come, whatever it did with them.
    pub(crate) fn came(&self) -> Vec<Batch> {
        self.inner.came.lock().unwrap().clone()
    }

    /// Waits until so many batches have come.
    pub(crate) fn has(&self, batches: usize) -> Vec<Batch> {
        until(|| Some(self.came()).filter(|came| came.len() >= batches))
    }

    /// The spans that have come.
    pub(crate) fn spans(&self) -> Vec<Span> {
        self.came().iter().flat_map(Batch::spans).collect()
    }
}

impl Inner {
    /// Serves a connection to its end.
    fn serve(&self, mut stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        loop {
            let lines = reader.by_ref().lines().map_while(Result::ok);
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let mut batch = Batch {
                head,
                body: Vec::new(),
            };
            let Some(length) = batch.header("content-length") else {
                return;
            };
            let mut body = vec![0; length.parse().unwrap()];
            if reader.read_exact(&mut body).is_err() {
                return;
            }
            batch.body = body;
            self.came.lock().unwrap().push(batch);
            let intake = *self.intake.lock().unwrap();
            let (status, headers, rejected) = match intake {
                Intake::Takes => (200, "", 0),
                Intake::Rejects(count) => (200, "", count),
                Intake::Answers(status, headers) => (status, headers, 0),
                Intake::Hangs => continue,
            };
            let response = ExportTraceServiceResponse {
                partial_success: (rejected > 0).then(|| ExportTracePartialSuccess {
                    rejected_spans: rejected,
                    error_message: "too much".to_owned(),
                }),
            };
            let body = response.encode_to_vec();
            let head = format!(
                "HTTP/1.1 {status} Status\r\ncontent-length: {}\r\n{headers}\r\n",
                body.len()
            );
            let answered = stream.write_all(&[head.as_bytes(), &body].concat());
            if answered.is_err() {
                return;
            }
        }
    }
}
