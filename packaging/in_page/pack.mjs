// node pack.mjs RUNTIME WHEELS EXAMPLES OUT [unit.yaml ...]
// Lays the wheels out in Pyodide itself, builds the units once so that their templates' bytecode goes along, and writes
// the page's parts to OUT, each packed.
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { pathToFileURL } from "node:url";

// Node would print the line of the runtime that threw: all of it.
process.on("uncaughtException", error => { console.error(String(error?.message ?? error).slice(-3000)); process.exit(1); });
const [runtime, wheels, examples, out, ...units] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(path.join(runtime, "pyodide.mjs")));
const python = await loadPyodide({ env: { BUDGETGEN_CACHE: "/cache" } });
for (const [at, root] of [["/wheels", wheels], ["/examples", examples]]) {
  python.FS.mkdirTree(at);
  python.FS.mount(python.FS.filesystems.NODEFS, { root: path.resolve(root) }, at);
}
python.FS.writeFile("/lay_site.py", fs.readFileSync(path.join(import.meta.dirname, "lay_site.py")));
python.globals.set("UNITS", python.toPy(units));
python.runPython(`
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, "/")
import lay_site
lay_site.lay("/wheels")
sys.path.insert(0, "/site")
lay_site.warm("/examples", UNITS)
`);
const bytes = code => { const made = python.runPython(code), copy = made.toJs(); made.destroy(); return copy; };
const parts = {
  "pyodide.mjs": fs.readFileSync(path.join(runtime, "pyodide.mjs")),
  "pyodide.asm.mjs": fs.readFileSync(path.join(runtime, "pyodide.asm.mjs")),
  "pyodide.asm.wasm": fs.readFileSync(path.join(runtime, "pyodide.asm.wasm")),
  "python_stdlib.zip": bytes(`lay_site.stdlib(open("/lib/python314.zip", "rb").read())`),
  "site.image": bytes("lay_site.image()"),
};
fs.mkdirSync(out, { recursive: true });
for (const [name, raw] of Object.entries(parts)) {
  const packed = zlib.gzipSync(raw, { level: 9 });
  console.log(name.padEnd(20), String(raw.length).padStart(9), "packed", String(packed.length).padStart(8));
  fs.writeFileSync(path.join(out, name), packed);
}
process.exit(0);
