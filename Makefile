# Two commands: `make run` starts the whole sandbox, `make test` runs everything that CI runs.
.PHONY: run run-apart build test portal suites axe prerequisites prerequisites-test format clippy tests wasm deny screenshots bench-web openid-clients keycloak messages api-contract soap-clients

DATA ?= data

# cargo knows where it built the binary, wherever CARGO_TARGET_DIR or a configuration puts it.
run: portal
	cargo run --release --locked --package passbook -- serve --sandbox --data "$(DATA)"

# The bank's side, the core bank behind its security stack, and everything else, as two processes.
DATA_APART ?= data-apart

run-apart: portal
	cargo run --release --locked --package passbook --config 'target."cfg(all())".runner = ["./scripts/run-apart", "$(abspath $(DATA_APART))"]'

build: portal
	cargo build --release --locked --package passbook

test: prerequisites-test format clippy tests wasm deny

# The customer's web app, which the binary has in it, into bundle/.
portal: prerequisites
	cargo run --locked --package portal-bundle

# A page that runs the suites of the browser's ports, for the tests.
suites: prerequisites
	cargo run --locked --package portal-bundle -- suites

# The rules of accessibility that the tests check every page against.
axe: scripts/axe/node_modules/.package-lock.json

scripts/axe/node_modules/.package-lock.json: scripts/axe/package-lock.json | prerequisites-test
	cd scripts/axe && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

prerequisites:
	./scripts/prerequisites

prerequisites-test:
	./scripts/prerequisites test

format:
	cargo fmt --all --check

clippy:
	cargo clippy --workspace --all-targets --locked -- -D warnings

# Unit, integration and documentation tests; the check of the floors is one of them (crates/testkit/tests/floors.rs).
tests: portal suites axe
	cargo test --workspace --locked

# The crates that the browser will share must compile for it.
wasm:
	./scripts/check-wasm

deny:
	./scripts/check-dependencies

# OpenID clients that nobody here wrote against a running bank. They need Node.js 20 or later with npm, and Chromium; they are not part
# of `make test`, because they take packages from registries.
FETCHED ?= fetched

openid-clients:
	./scripts/prerequisites test java
	cd scripts/openid-client && npm ci --ignore-scripts --no-audit --no-fund
	./scripts/nimbus-client/fetch "$(abspath $(FETCHED))/nimbus"
	NIMBUS_ARCHIVES="$(abspath $(FETCHED))/nimbus" \
		cargo test --workspace --locked --test it openid_client -- --ignored --nocapture

# Pictures of every page and state of the web app, in screenshots/, to be looked at one by one.
screenshots: prerequisites-test portal
	cargo test --workspace --locked --test it web_app::screenshots -- --ignored --nocapture
	cargo test --workspace --locked --lib every_state_is_taken -- --ignored --nocapture

# How fast the web app is and what it weighs, beside Actual Budget's; prints JSON. It needs Node.js with npm, and is not part of
# `make test`, because it takes Actual from a registry.
bench-web: prerequisites-test portal
	cd scripts/actual && npm ci --ignore-scripts --no-audit --no-fund
	ACTUAL_WEB="$(abspath scripts/actual/node_modules/@actual-app/web)" \
		cargo test --workspace --locked --test it web_app::speed -- --ignored --nocapture

# A real Keycloak in ciam's place. It is not part of `make test`, because it takes Keycloak from a registry.
#
# With the features of the whole workspace, as in `tests`, so that nothing is built twice.
keycloak:
	./scripts/prerequisites test java
	KEYCLOAK_HOME="$$(./scripts/keycloak/fetch "$(abspath $(FETCHED))/keycloak")" \
		cargo test --workspace --locked --test it keycloak -- --ignored --nocapture

# A real mail server and a real message centre, at which codes come. It is not part of `make test`, because it takes them from registries.
messages:
	./scripts/prerequisites test java
	./scripts/prerequisites test python
	./scripts/messages/fetch "$(abspath $(FETCHED))/messages"
	MESSAGE_SERVERS="$(abspath $(FETCHED))/messages" \
		cargo test --workspace --locked --test it messages:: -- --ignored --nocapture

# Generated requests to every route, and a client that is generated from the API document, against a running bank. It is not part of
# `make test`, because it takes Schemathesis and the generator from a registry.
api-contract:
	./scripts/prerequisites test python
	./scripts/api-contract/fetch "$(abspath $(FETCHED))/api-contract"
	API_CONTRACT="$(abspath $(FETCHED))/api-contract" \
		cargo test --workspace --locked --test it api_contract -- --ignored --nocapture --test-threads 1

# A SOAP client that nobody here wrote against the sandbox bank. It is not part of `make test`, because it takes the client from a
# registry.
soap-clients:
	./scripts/prerequisites test python
	./scripts/soap-clients/fetch "$(abspath $(FETCHED))/soap-clients"
	SOAP_CLIENTS="$(abspath $(FETCHED))/soap-clients" \
		cargo test --workspace --locked --test it soap::clients -- --ignored --nocapture
