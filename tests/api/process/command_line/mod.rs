//! The command line, as an operator sees it.

mod demo;
mod serve;
mod tools;
