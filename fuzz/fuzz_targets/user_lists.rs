//! Target `user_lists`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| apikey_fuzz::user_lists::check(data));
