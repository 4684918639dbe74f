//! Looks for bytes that break what [`poolhouse::fuzzing`] promises, by libFuzzer. `FUZZ_TARGET` names the target.

#![no_main]

mod mutation;

use std::sync::LazyLock;

use allocation_counter::measure;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use poolhouse::fuzzing::{MAX_ALLOCATED_BYTES, TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let target = TARGETS.iter().find(|target| target.name == name);
    target.unwrap_or_else(|| panic!("FUZZ_TARGET is none of {TARGETS:?}"))
});

fuzz_target!(
    init: {
        // The first input pays for state that all inputs share.
        TARGET.run(b"");
    },
    |input: &[u8]| {
        let allocated = measure(|| TARGET.run(input)).bytes_total;
        assert!(allocated <= MAX_ALLOCATED_BYTES, "{allocated} bytes");
    }
);

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mutated = data
        .get(..size)
        .and_then(|input| str::from_utf8(input).ok())
        .and_then(|text| mutation::mutated(text, seed))
        .filter(|text| text.len() <= max_size);
    match mutated {
        Some(text) => {
            data[..text.len()].copy_from_slice(text.as_bytes());
            text.len()
        }
        None => fuzzer_mutate(data, size, max_size),
    }
});
