"use strict";

const main = document.querySelector("main");
const { authorization, challenge, login } = main.dataset;

async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) {
    throw told;
  }
  return told;
}

function show(code) {
  const problems = [...document.querySelectorAll(".problem")];
  const told = problems.find((problem) => problem.dataset.code === String(code));
  for (const problem of problems) {
    problem.hidden = problem !== (told ?? problems.at(-1));
  }
}

async function logIn() {
  const options = await post(challenge, { authorization });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON({
    challenge: options.challenge,
    rpId: options.relying_party.id,
    timeout: options.timeout_ms,
    userVerification: "required",
  });
  const made = (await navigator.credentials.get({ publicKey })).toJSON();
  const assertion = {
    credential: made.rawId,
    authenticator_data: made.response.authenticatorData,
    client_data_json: made.response.clientDataJSON,
    signature: made.response.signature,
  };
  await post(login, { authorization, assertion });
  document.getElementById("login").hidden = true;
  document.getElementById("consent").hidden = false;
}

document.getElementById("log-in").addEventListener("click", async (event) => {
  const button = event.target;
  button.disabled = true;
  for (const problem of document.querySelectorAll(".problem")) {
    problem.hidden = true;
  }
  try {
    await logIn();
  } catch (told) {
    // What the browser throws is a passkey that the person did not give.
    show(told instanceof DOMException ? 4011 : told.code);
  }
  button.disabled = false;
});
