//! The allocator of the server's program.
//!
//! Whatever is freed is overwritten first, also what libraries copied: a head in a
//! buffer of the HTTP library, a body in that of the JSON library. A block that grows is
//! copied to a new one, and the old one overwritten.
//!
//! Below that is jemalloc, which gives the memory of a flood back to the system. How soon
//! is set in `.cargo/config.toml`, when it is built. Without the feature `jemalloc` it is
//! the allocator of the system, which SQLite has in any case.

#[cfg(not(feature = "jemalloc"))]
use std::alloc::System;
#[cfg(feature = "jemalloc")]
use tikv_jemallocator::Jemalloc;
use zeroizing_alloc::ZeroAlloc;

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: ZeroAlloc<Jemalloc> = ZeroAlloc(Jemalloc);

#[cfg(not(feature = "jemalloc"))]
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);
