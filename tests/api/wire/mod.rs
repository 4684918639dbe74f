//! What goes over the wire: the envelope of requests and answers, signatures, web pages, and hostile clients.

mod browsers;
mod envelope;
mod hostile;
mod signatures;
