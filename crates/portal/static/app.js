// Starts the app in a page. What the module needs of the page, and cannot do by itself, is in `passbook`.

import init from "/app/portal.js";

const WORKER = "/app/worker.js";
const SERVICE_WORKER = "/service-worker.js";

// The only scripts that are started by their address (Trusted Types).
const scripts = (globalThis.trustedTypes ?? { createPolicy: (_, rules) => rules }).createPolicy("passbook", {
  createScriptURL(address) {
    if (address === WORKER || address === SERVICE_WORKER) return address;
    throw new TypeError(`${address} is no script of this app`);
  },
});

const module = await WebAssembly.compileStreaming(fetch("/app/portal.wasm"));

// The newest version, once it is stored whole and waits for the page to take it, and whether this one must not go on.
let waiting = null;
let isRequired = false;

// How often the bank is asked for a newer version while the app is open, in milliseconds.
const LOOK_MS = 3_600_000;

globalThis.passbook = {
  // A new worker of the core. It gets the compiled module before every other message.
  startWorker() {
    const worker = new Worker(scripts.createScriptURL(WORKER), { type: "module", name: "core" });
    worker.postMessage(module);
    return worker;
  },

  // Whether a new version waits. The event `passbook-update` of the window says that one began to.
  updateWaits: () => waiting !== null,

  // Whether the bank wants it to be taken.
  updateIsRequired: () => isRequired,

  // Takes the version that waits: all pages of the app get it, and this one loads again.
  takeUpdate() {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    waiting.postMessage("take");
  },
};

await init({ module_or_path: module });
document.getElementById("fallback")?.remove();

if (navigator.serviceWorker) {
  const registration = await navigator.serviceWorker.register(scripts.createScriptURL(SERVICE_WORKER), {
    updateViaCache: "none",
  });
  const wait = () => {
    // The first version replaces nothing, and does not wait.
    if (!registration.waiting || !registration.active) return;
    waiting = registration.waiting;
    const answer = new MessageChannel();
    answer.port1.onmessage = ({ data }) => {
      isRequired = data === true;
      dispatchEvent(new Event("passbook-update"));
    };
    waiting.postMessage("is-required", [answer.port2]);
    dispatchEvent(new Event("passbook-update"));
  };
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", wait));
  wait();
  // Without a network there is nothing to look for.
  setInterval(() => registration.update().catch(() => {}), LOOK_MS);
}
