//! Target `bodies`.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| apikey_fuzz::bodies::check(data));
