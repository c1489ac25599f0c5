//! What the documents promise about the process, its files and its databases.

mod addresses;
mod data_folder;
mod databases;
mod deleted_person;
mod locked;
mod log;
mod lost_pepper;
mod open_files;
mod operators;
mod pepper;
mod pepper_file;
mod pepper_rotation;
mod signals;
mod statements;
mod tls;
