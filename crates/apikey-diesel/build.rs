//! Tells cargo of migrations: `embed_migrations!` does not notice a new one.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
