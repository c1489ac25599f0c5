//! Programs that misuse the library do not compile. Each says in its first line what it
//! attempts; what the compiler answers is beside it.
//!
//! `TRYBUILD=overwrite` accepts a change of the answers.

#[test]
fn no_program_that_misuses_the_library_compiles() {
    trybuild::TestCases::new().compile_fail("tests/misuse/*.rs");
}
