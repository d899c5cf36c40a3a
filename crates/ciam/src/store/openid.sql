-- Authorizations that clients asked for, until their code is redeemed. request: the hash of what the request_uri names. client,
-- redirect_uri, scopes, state, nonce, challenge (PKCE), proof_key (DPoP): what the client pushed. expires_ms: until when the next
-- step may be taken; pushed_ms: when it was pushed. browser: the hash of the cookie of the browser that began it. customer_index, passkey, authenticated_ms: who
-- logged in there. code: the hash of the code that the client got.
CREATE TABLE authorization_request (
    request BLOB PRIMARY KEY,
    client TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    state TEXT,
    nonce TEXT,
    challenge BLOB NOT NULL,
    proof_key BLOB,
    without_asking INTEGER NOT NULL,
    pushed_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    browser BLOB,
    customer_index BLOB,
    passkey BLOB,
    authenticated_ms INTEGER,
    code BLOB UNIQUE
);
CREATE INDEX authorization_request_by_end ON authorization_request (expires_ms);
CREATE INDEX authorization_request_of_customer ON authorization_request (customer_index) WHERE customer_index IS NOT NULL;

-- What a customer lets a client know, until it is withdrawn.
CREATE TABLE consent (
    customer_index BLOB NOT NULL,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    given_ms INTEGER NOT NULL,
    PRIMARY KEY (customer_index, client)
);

-- The tokens that came of one code. code, refresh_hash: hashes of the code and of the refresh token.
CREATE TABLE client_grant (
    grant_id BLOB PRIMARY KEY,
    customer_index BLOB NOT NULL,
    client TEXT NOT NULL,
    scopes TEXT NOT NULL,
    passkey BLOB NOT NULL,
    authenticated_ms INTEGER NOT NULL,
    code BLOB NOT NULL UNIQUE,
    refresh_hash BLOB UNIQUE,
    expires_ms INTEGER NOT NULL
);
CREATE INDEX client_grant_of_customer ON client_grant (customer_index, client);
CREATE INDEX client_grant_by_end ON client_grant (expires_ms);
