// The core's worker. The page sends it the compiled module first; every later message is for the module.

import { initSync } from "/app/portal.js";

addEventListener("message", (event) => initSync({ module: event.data }), { once: true });
