// node pack.mjs RUNTIME FZSTD WHEELS EXAMPLES OUT unit.yaml [...]
// Lays the wheels out in Pyodide itself and builds the units once, so that their templates' bytecode goes along; then starts
// anew, builds the first unit and keeps Python's memory as it then is: the page goes on from there. Writes the page's parts
// to OUT, and `kept.json`: what has to be known to go on from the `memory`.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { LIBRARIES, checksum, differences, lay, started } from "./started.js";

// Node would print the line of the runtime that threw: all of it.
for (const fault of ["uncaughtException", "unhandledRejection"])
  process.on(fault, error => { console.error(String(error?.message ?? error).slice(-3000)); process.exit(1); });
const [runtime, fzstd, wheels, examples, out, ...units] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(path.join(runtime, "pyodide.mjs")));
const asm = await import(pathToFileURL(path.join(runtime, "pyodide.asm.mjs")));
const inPage = name => fs.readFileSync(path.join(import.meta.dirname, name), "utf8"), LIBRARY = "/lib/python314.zip";
fs.mkdirSync(out, { recursive: true });

/** All that the program is: its files laid out, and what makes an image and a library of them. */
async function laidOut() {
  const python = await loadPyodide({ env: { BUDGETGEN_CACHE: "/cache" } });
  for (const [at, root] of [["/wheels", wheels], ["/examples", examples]]) {
    python.FS.mkdirTree(at);
    python.FS.mount(python.FS.filesystems.NODEFS, { root: path.resolve(root) }, at);
  }
  python.FS.writeFile("/lay_site.py", inPage("lay_site.py"));
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
  const bytes = (name, loaded) => {
    python.globals.set("LOADED", loaded);
    const made = python.runPython(`lay_site.${name}(LOADED)`), copy = made.toJs();
    made.destroy();
    return copy;
  };
  return { image: loaded => bytes("image", loaded), library: loaded => bytes("library", loaded), read: name => python.FS.readFile(name) };
}

/** Python with the program in memory and one unit built; and what of the program's files is still needed. */
async function warmed(laid, libraries) {
  const place = fs.mkdtempSync(path.join(out, "start-")), at = name => path.join(place, path.basename(name));
  fs.writeFileSync(at("python_stdlib.zip"), laid.library("[]"));
  for (const [name, bytes] of Object.entries(libraries)) fs.writeFileSync(at(name), bytes);
  const said = [];
  const python = await started(loadPyodide, asm.default, {
    stdLibURL: at("python_stdlib.zip"), locate: name => (name.endsWith(".so") ? at(name) : path.join(runtime, name)),
    stderr: line => said.push(line),
  });
  fs.rmSync(place, { recursive: true });
  const functions = python._module.wasmTable.length;
  lay(python.FS, laid.image("[]"));
  python.FS.writeFile("/unit.yaml", fs.readFileSync(path.join(examples, units[0])));
  python.runPython(inPage("warm_start.py"));
  const loaded = python.runPython("loaded()"), files = { "python_stdlib.zip": laid.library(loaded), "site.image": laid.image(loaded) };
  python.FS.writeFile(LIBRARY, files["python_stdlib.zip"]);
  python.runPython("import importlib; importlib.invalidate_caches(); [gc.collect() for _ in range(3)]");
  said.length = 0;
  python.runPython("sys._debugmallocstats()");
  python.globals.set("STATS", said.join("\n"));
  python.runPython("blank_blocks(STATS); del STATS");
  blankFree(python._module);
  if (python._module.wasmTable.length !== functions) throw new Error("functions were added to the table");
  return [python._module, files];
}

/** Fills with zeros what is free of the heap, so that it takes no room. */
function blankFree(module) {
  const top = module._emscripten_get_sbrk_ptr() >> 2, held = [];
  for (let size = 2 ** 25; size >= 64; size >>= 1) {
    for (;;) {
      const before = module.HEAPU32[top], at = module._malloc(size);
      const within = module.HEAPU32[top] === before;
      if (within) { module.HEAPU8.fill(0, at, at + size); held.push(at); } else { module._free(at); break; }
    }
  }
  for (const at of held) module._free(at);
  module.HEAPU8.fill(0, module._emscripten_stack_get_end() + 64, module.stackSave() - 64);
}

const laid = await laidOut(), libraries = Object.fromEntries(LIBRARIES.map(name => [name, laid.read(name)]));
const [module, files] = await warmed(laid, libraries), told = { config: module.API.serializeHiwireState(), size: module.HEAPU8.length, sum: checksum(module.atFirst) };
const heap = differences(module.HEAPU8.slice(), module.atFirst);
let length = heap.length;
while (!heap[length - 1]) length -= 1;
fs.writeFileSync(path.join(out, "kept.json"), JSON.stringify(told));
const parts = {
  memory: heap.subarray(0, length),
  "fzstd.mjs": fs.readFileSync(path.join(fzstd, "esm", "index.mjs")), ...files,
  ...Object.fromEntries(["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"].map(name => [name, fs.readFileSync(path.join(runtime, name))])),
  ...Object.fromEntries(Object.entries(libraries).map(([name, bytes]) => [path.basename(name), bytes])),
};
for (const [name, raw] of Object.entries(parts)) fs.writeFileSync(path.join(out, name), raw);
process.exit(0);
