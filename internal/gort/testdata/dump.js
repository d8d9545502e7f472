// Runs a Go module, and when it is ready writes its memory to a file. Then, asked to, it
// lets the runtime say of itself what its goroutines do: with all of them asleep, as
// Node.js does at its end.
//
//	node dump.js wasm_exec.js MODULE OUT dump|keep ARGS…
"use strict";
globalThis.require = require;
globalThis.fs = require("fs");
globalThis.path = require("path");
require(process.argv[2]);
const [module_, out, what, ...args] = process.argv.slice(3);
const go = new Go();
go.argv = [module_, ...args];
go.env = { GOTRACEBACK: "system" };
let instance;
const real = fs.writeSync;
fs.writeSync = (fd, buf) => {
	if (fd === 2 && Buffer.from(buf).toString().startsWith("ready")) setTimeout(ready, 20);
	return real(fd, buf);
};
function ready() {
	fs.writeFileSync(out, new Uint8Array(instance.exports.mem.buffer));
	if (what !== "dump") process.exit(0);
	go._pendingEvent = { id: 0 };
	go._resume();
}
go.exit = code => process.exit(code);
WebAssembly.instantiate(fs.readFileSync(module_), go.importObject).then(r => {
	instance = r.instance;
	return go.run(instance);
});
