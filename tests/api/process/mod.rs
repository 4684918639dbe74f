//! The binary as a process: its commands, settings, files and log, and what it survives.

mod backup;
mod check_deep;
mod command_line;
mod crash;
mod faults;
mod file_size;
mod log;
mod private_files;
mod processes;
mod secrets;
mod settings;
mod storage;
