//! Looks for bytes that break what [`poolhouse::inner`] promises, by libFuzzer. `FUZZ_DOOR` names the door.

#![no_main]

mod mutation;

use std::sync::LazyLock;

use allocation_counter::measure;
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use poolhouse::inner::{DOORS, Door, MOST_ALLOCATED};

static DOOR: LazyLock<&Door> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_DOOR").unwrap_or_default();
    let door = DOORS.iter().find(|door| door.name == name);
    door.unwrap_or_else(|| panic!("FUZZ_DOOR is none of {DOORS:?}"))
});

fuzz_target!(
    init: {
        // The first input pays for what all share.
        DOOR.enter(b"");
    },
    |input: &[u8]| {
        let allocated = measure(|| DOOR.enter(input)).bytes_total;
        assert!(allocated <= MOST_ALLOCATED, "{allocated} bytes");
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
