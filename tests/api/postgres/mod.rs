//! Registries that PostgreSQL keeps: moved there and back, and served by several processes.

mod connections;
mod copy;
mod refusals;
mod turns;
