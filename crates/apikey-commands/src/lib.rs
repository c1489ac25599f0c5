#![doc = include_str!("../README.md")]

pub mod administer;
mod bounded;
pub mod hash_file;
pub mod import;
pub mod replacement;
pub mod report;
pub mod retrying;
pub mod shell;
pub mod text;
pub mod wire;
