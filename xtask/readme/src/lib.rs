//! The programs of a README, each in a project of its own, as a new user makes it: with
//! exactly the manifest that stands in the README.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fresh_project;
mod program;

pub use fresh_project::FreshProject;
pub use program::{Program, programs};

/// Builds and runs every program of a README, one after the other: they share what they
/// build. Returns how many there are. The projects are called `{name}-0` and so on.
pub fn run_all(name: &str, readme: &str) -> usize {
    let programs = programs(readme);
    for (number, program) in programs.iter().enumerate() {
        FreshProject::new(&format!("{name}-{number}"), program).run();
    }
    programs.len()
}
