# One command for each job. `make test` is the whole proof; it needs Rust, Python 3 and Node.js, and provisions the rest.

.PHONY: run test rust-test client-test bench bench-parts timing crash crash-postgres fuzz deb

# The server on its embedded database, with demo data.
run:
	cargo run --release -- serve --demo

test:
	tests/run

# Formatting, lints, documentation, and every test in Rust; the rules of the dependencies by cargo-deny, too, where it is
# installed.
rust-test:
	tests/run rust

# Unmodified AWS clients against the server.
client-test:
	tests/run clients

bench:
	cargo bench --locked --bench cost

# What the parts of a request cost, each alone.
bench-parts:
	cargo bench --locked --features fuzzing --bench parts

# Whether the time of an answer tells who exists; takes minutes, and needs an otherwise idle machine.
timing:
	cargo bench --locked --bench cost -- timing

# Ends the server a thousand times while clients write; the tests do it a few dozen times.
crash:
	CRASH_ROUNDS=1000 cargo test --locked --test api every_end_of_the_server -- --nocapture

# The same for two servers on PostgreSQL, of which servers, primaries and connections end.
crash-postgres:
	CRASH_ROUNDS=300 cargo test --locked --test api every_failover -- --nocapture

# Coverage-guided fuzzing, FUZZ_SECONDS for each target; the tests run the inputs that it has found so far. Needs a C++ compiler.
fuzz:
	fuzz/run

# A Debian package of the release, by cargo-deb (`cargo install --locked cargo-deb`).
deb:
	cargo build --release --locked
	target/release/poolhouse manual target/package/man
	target/release/poolhouse completions bash > target/package/poolhouse.bash
	target/release/poolhouse completions zsh > target/package/_poolhouse
	target/release/poolhouse completions fish > target/package/poolhouse.fish
	cargo deb --no-build --locked
