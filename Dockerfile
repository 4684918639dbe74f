# The image runs as a user without rights, keeps the registry in a volume, and holds no shell: the program checks its own health.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked && install -d -m 0700 /data

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/release/poolhouse /usr/local/bin/poolhouse
COPY --from=build --chown=65532:65532 /data /data
VOLUME /data
ENV POOLHOUSE_LISTEN=0.0.0.0:9229 POOLHOUSE_DATABASE=/data/poolhouse.db
EXPOSE 9229
HEALTHCHECK --interval=10s --timeout=6s CMD ["poolhouse", "health"]
STOPSIGNAL SIGTERM
CMD ["poolhouse", "serve"]
