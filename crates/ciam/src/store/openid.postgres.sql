-- openid.sql describes the tables.
CREATE TABLE authorization_request (
    request BYTEA PRIMARY KEY,
    client TEXT COLLATE "C" NOT NULL,
    redirect_uri TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C",
    nonce TEXT COLLATE "C",
    challenge BYTEA NOT NULL,
    proof_key BYTEA,
    without_asking BIGINT NOT NULL,
    pushed_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    browser BYTEA,
    customer_index BYTEA,
    passkey BYTEA,
    authenticated_ms BIGINT,
    code BYTEA UNIQUE
);
CREATE INDEX authorization_request_by_end ON authorization_request (expires_ms);
CREATE INDEX authorization_request_of_customer ON authorization_request (customer_index) WHERE customer_index IS NOT NULL;

CREATE TABLE consent (
    customer_index BYTEA NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    given_ms BIGINT NOT NULL,
    PRIMARY KEY (customer_index, client)
);

CREATE TABLE client_grant (
    grant_id BYTEA PRIMARY KEY,
    customer_index BYTEA NOT NULL,
    client TEXT COLLATE "C" NOT NULL,
    scopes TEXT COLLATE "C" NOT NULL,
    passkey BYTEA NOT NULL,
    authenticated_ms BIGINT NOT NULL,
    code BYTEA NOT NULL UNIQUE,
    refresh_hash BYTEA UNIQUE,
    expires_ms BIGINT NOT NULL
);
CREATE INDEX client_grant_of_customer ON client_grant (customer_index, client);
CREATE INDEX client_grant_by_end ON client_grant (expires_ms);
