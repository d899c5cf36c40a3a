# Two commands: `make run` starts the whole sandbox, `make test` runs everything that CI runs.
.PHONY: run build test prerequisites prerequisites-test format clippy tests wasm deny openid-client keycloak

DATA ?= data

# cargo knows where it built the binary, wherever CARGO_TARGET_DIR or a configuration puts it.
run: prerequisites
	cargo run --release --locked --package passbook -- serve --sandbox --data "$(DATA)"

build: prerequisites
	cargo build --release --locked --package passbook

test: prerequisites-test format clippy tests wasm deny

prerequisites:
	./scripts/prerequisites

prerequisites-test:
	./scripts/prerequisites test

format:
	cargo fmt --all --check

clippy:
	cargo clippy --workspace --all-targets --locked -- -D warnings

# Unit, integration and documentation tests; the check of the floors is one of them (crates/testkit/tests/floors.rs).
tests:
	cargo test --workspace --locked

# The crates that the browser will share must compile for it.
wasm:
	./scripts/check-wasm

deny:
	./scripts/check-dependencies

# An OpenID client that nobody here wrote against a running bank. It needs Node.js 20 or later with npm, and Chromium; it is not part of
# `make test`, because it takes packages from a registry.
openid-client: prerequisites-test
	cd scripts/openid-client && npm ci --ignore-scripts --no-audit --no-fund
	cargo test --locked --package passbook --test it openid_client -- --ignored --nocapture

# A real Keycloak in ciam's place. It is not part of `make test`, because it takes Keycloak from a registry.
KEYCLOAK ?= target/keycloak

# With the features of the whole workspace, as in `tests`, so that nothing is built twice.
keycloak:
	./scripts/prerequisites test keycloak
	KEYCLOAK_HOME="$$(./scripts/keycloak/fetch "$(abspath $(KEYCLOAK))")" \
		cargo test --workspace --locked --test it keycloak -- --ignored --nocapture
