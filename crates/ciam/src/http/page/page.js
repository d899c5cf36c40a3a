"use strict";

const main = document.querySelector("main");
const { authorization, challenge, login, consent } = main.dataset;

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) {
    throw answer;
  }
  return answer;
}

function show(code) {
  const problems = [...document.querySelectorAll(".problem")];
  const shown = problems.find((problem) => problem.dataset.code === String(code)) ?? problems.at(-1);
  for (const problem of problems) {
    problem.hidden = problem !== shown;
  }
}

// Older browsers have no JSON of passkeys.
function decoded(base64url) {
  const base64 = base64url.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function encoded(buffer) {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function logIn() {
  const options = await post(challenge, { authorization });
  const publicKey = {
    challenge: decoded(options.challenge),
    rpId: options.relying_party.id,
    timeout: options.timeout_ms,
    userVerification: "required",
  };
  const { rawId, response } = await navigator.credentials.get({ publicKey });
  const assertion = {
    credential: encoded(rawId),
    authenticator_data: encoded(response.authenticatorData),
    client_data_json: encoded(response.clientDataJSON),
    signature: encoded(response.signature),
  };
  await post(login, { authorization, assertion });
  document.getElementById("login").hidden = true;
  document.getElementById("consent").hidden = false;
}

async function decide(allowed) {
  const { location } = await post(consent, { authorization, allowed });
  window.location.assign(location);
}

// Does a step at each press of a button, and shows why it failed.
function onPress(button, step) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    for (const problem of document.querySelectorAll(".problem")) {
      problem.hidden = true;
    }
    try {
      await step();
    } catch (error) {
      // What the browser throws is a passkey that the person did not give.
      show(error instanceof DOMException ? 4011 : error.code);
      button.disabled = false;
    }
  });
}

onPress(document.getElementById("log-in"), logIn);
onPress(document.querySelector("button[value=allow]"), () => decide(true));
onPress(document.querySelector("button[value=refuse]"), () => decide(false));
