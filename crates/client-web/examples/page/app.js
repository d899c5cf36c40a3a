// Runs the suites. The page's title is the result.

import init from "/app/conformance.js";

await init({ module_or_path: fetch("/app/conformance.wasm") });
