// An app of the bank's, made with openid-client: the code flow with PAR, PKCE and DPoP, then the other routes of a client.
//
//     node app.mjs keys DIRECTORY                  makes the app's key: jwks.json for the bank, key.json for the app
//     node app.mjs run DIRECTORY ISSUER ID PORT    prints where the person goes, waits for them to come back to
//                                                  http://localhost:PORT/back, and prints what the app learned
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import * as openid from "openid-client";

const ES256 = { name: "ECDSA", namedCurve: "P-256" };

async function keys(directory) {
  const pair = await crypto.subtle.generateKey(ES256, true, ["sign", "verify"]);
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const key = { kid: "app", kty, crv, x, y };
  writeFileSync(join(directory, "jwks.json"), JSON.stringify({ keys: [key] }));
  const secret = await crypto.subtle.exportKey("jwk", pair.privateKey);
  writeFileSync(join(directory, "key.json"), JSON.stringify(secret), { mode: 0o600 });
}

// The address at which a browser comes back.
function comesBack(port) {
  return new Promise((resolve) => {
    const server = createServer((request, answer) => {
      const address = new URL(request.url, `http://localhost:${port}`);
      answer.end("You can go back to the app.", () => {
        if (address.pathname !== "/back") return;
        server.close();
        // A browser may hold a connection ready on which it has asked nothing.
        server.closeAllConnections();
        resolve(address);
      });
    });
    server.listen(port, "127.0.0.1");
  });
}

async function refused(promise) {
  try {
    await promise;
  } catch (error) {
    return error.error ?? error.code;
  }
  return null;
}

async function run(directory, issuer, id, port) {
  const jwk = JSON.parse(readFileSync(join(directory, "key.json")));
  const key = await crypto.subtle.importKey("jwk", jwk, ES256, false, ["sign"]);
  const authentication = openid.PrivateKeyJwt({ key, kid: "app" });
  // The sandbox is served on this machine without TLS.
  const options = { execute: [openid.allowInsecureRequests] };
  const bank = await openid.discovery(new URL(issuer), id, undefined, authentication, options);
  const DPoP = openid.getDPoPHandle(bank, await openid.randomDPoPKeyPair("ES256"));

  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [openid.randomState(), openid.randomNonce()];
  const request = {
    redirect_uri: `http://localhost:${port}/back`,
    scope: "openid customer_number offline_access",
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: "S256",
  };
  const back = comesBack(port);
  const link = await openid.buildAuthorizationUrlWithPAR(bank, request, { DPoP });
  console.log(JSON.stringify({ link: link.href }));
  const address = await back;

  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
  const redeem = () => openid.authorizationCodeGrant(bank, address, checks, undefined, { DPoP });
  const tokens = await redeem();
  const { sub } = tokens.claims();
  const info = await openid.fetchUserInfo(bank, tokens.access_token, sub, { DPoP });
  const refreshed = await openid.refreshTokenGrant(bank, tokens.refresh_token, undefined, { DPoP });
  const introspected = await openid.tokenIntrospection(bank, refreshed.access_token);
  const other = openid.getDPoPHandle(bank, await openid.randomDPoPKeyPair("ES256"));
  const stolen = openid.fetchUserInfo(bank, tokens.access_token, sub, { DPoP: other });
  const withAnotherKey = await refused(stolen);
  const mixedUp = new URL(address);
  mixedUp.searchParams.set("iss", "https://evil.example");
  const ofAnother = openid.authorizationCodeGrant(bank, mixedUp, checks, undefined, { DPoP });
  const ofAnotherIssuer = await refused(ofAnother);
  await openid.tokenRevocation(bank, refreshed.refresh_token ?? tokens.refresh_token);
  const ended = await openid.tokenIntrospection(bank, refreshed.access_token);
  console.log(
    JSON.stringify({
      server: bank.serverMetadata().issuer,
      token_type: tokens.token_type,
      claims: tokens.claims(),
      info,
      introspected,
      with_another_key: withAnotherKey,
      of_another_issuer: ofAnotherIssuer,
      after_revocation: ended.active,
      code_again: await refused(redeem()),
    }),
  );
}

const [command, ...rest] = process.argv.slice(2);
await { keys, run }[command](...rest);
