//! Target `token`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| apikey_fuzz::token::check(data));
