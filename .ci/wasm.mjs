// Runs a program of tests that was built for wasm32-unknown-unknown: it traps if a test fails.
import { getRandomValues } from "node:crypto";
import { readFileSync } from "node:fs";

// The only thing that it imports is getrandom's `custom` backend: fills so many bytes, and 0 is Ok(()).
const random = (at, length) => {
  for (let done = 0; done < length; done += 65536) {
    const most = Math.min(65536, length - done);
    getRandomValues(new Uint8Array(instance.exports.memory.buffer, at + done, most));
  }
  return 0;
};
const { instance } = await WebAssembly.instantiate(readFileSync(process.argv[2]), {
  env: { __getrandom_v03_custom: random },
});
const { main, __main_void } = instance.exports;
const status = main ? main(0, 0) : __main_void();
if (status !== 0) {
  throw new Error(`the tests ended with ${status}`);
}
console.log("passed, as WebAssembly");
