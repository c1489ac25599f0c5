//! Whoever follows the README has a program that runs, in a project of their own.

const README: &str = include_str!("../README.md");

#[test]
fn every_program_of_the_readme_runs_in_a_project_of_its_own() {
    assert_eq!(xtask_readme::run_all("readme-diesel", README), 1);
}
