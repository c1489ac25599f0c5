//! Target `queries`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| apikey_fuzz::queries::check(data));
