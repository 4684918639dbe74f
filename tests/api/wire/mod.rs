//! What stands on the wire: the envelope of requests and answers, signatures, web pages, and clients that mean no good.

mod browsers;
mod envelope;
mod hostile;
mod signatures;
