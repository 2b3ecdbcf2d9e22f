// Runs a program of tests that was built for wasm32-unknown-unknown: it has no imports, and traps if a test fails.
import { readFileSync } from "node:fs";

const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {});
const { main, __main_void } = instance.exports;
const status = main ? main(0, 0) : __main_void();
if (status !== 0) {
  throw new Error(`the tests ended with ${status}`);
}
console.log("passed, as WebAssembly");
