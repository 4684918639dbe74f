//! What the parts of a request cost, each alone: `make bench-parts`; a word after
//! `cargo bench --features fuzzing --bench parts --` chooses among them.

use std::time::Duration;

use criterion::Criterion;
use mimalloc::MiMalloc;

/// The server's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    for mut part in poolhouse::fuzzing::parts() {
        criterion.bench_function(part.name, |bencher| bencher.iter(|| part.run()));
    }
    criterion.final_summary();
}
