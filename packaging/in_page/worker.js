// A classic worker made from a blob: budgetgen in Pyodide, fed by what the page holds. It asks nothing of any server.
// (Chromium starts no module worker from a blob of a file:// page; Pyodide refuses classic ones by trying importScripts.)
self.importScripts = undefined;
const parts = {}, NEVER_ASKED = "https://in-this-page.invalid/", WHEN = 1767225600000;

function decoded(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let n = 0; n < bytes.length; n += 1) bytes[n] = letters.charCodeAt(n);
  return bytes;
}

function part(name, type) {
  const packed = new Blob([decoded(parts[name])]);
  delete parts[name];
  return new Response(packed.stream().pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": type } });
}

// Pyodide asks for its parts by address: the page's own answer, and any other address fails. Nothing can leave.
self.fetch = async asked => {
  const name = String(asked.url ?? asked).split("/").pop();
  if (!(name in parts)) throw new TypeError(`not in this page: ${name}`);
  return part(name, name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream");
};

async function script(name) {
  const url = URL.createObjectURL(new Blob([await part(name, "").blob()], { type: "text/javascript" }));
  try { return await import(url); } finally { URL.revokeObjectURL(url); }
}

let python, call;

/** Puts the program's files where Python finds them, all with one time: the kept templates' names hold it. */
function lay(image) {
  const end = 4 + new DataView(image.buffer).getUint32(0, true), folders = new Set();
  let at = end;
  for (const [name, size] of JSON.parse(new TextDecoder().decode(image.subarray(4, end)))) {
    const folder = name.slice(0, name.lastIndexOf("/"));
    if (!folders.has(folder)) { python.FS.mkdirTree(folder); folders.add(folder); }
    python.FS.writeFile(name, image.slice(at, at += size), { canOwn: true });
    python.FS.utime(name, WHEN, WHEN);
  }
}

async function start() {
  const says = (percent, words) => postMessage({ percent, words });
  says(10, "正在解开程序…");
  const [{ loadPyodide }, asm] = await Promise.all([script("pyodide.mjs"), script("pyodide.asm.mjs")]);
  const site = part("site.image", "").arrayBuffer();
  says(30, "正在启动 Python…");
  python = await loadPyodide({
    indexURL: NEVER_ASKED, createPyodideModule: asm.default, lockFileContents: /*LOCK*/null, fullStdLib: false,
    env: { HOME: "/home/pyodide", BUDGETGEN_CACHE: "/cache", PYTHONDONTWRITEBYTECODE: "1", TZ: "Asia/Shanghai" },
    stdout: line => console.log(line), stderr: line => console.log(line),
  });
  says(70, "正在装入 budgetgen…");
  lay(new Uint8Array(await site));
  says(85, "正在装入 budgetgen…");
  python.runPython("import sys; sys.path.insert(0, '/site')");
  call = python.runPython(`
import gc, json
gc.set_threshold(100_000, 50, 50)
from budgetgen.web.protocol import answer
def _call(ask, files):
    got = answer(json.loads(ask), {name: bytes(data) for name, data in files.to_py().items()})
    return json.dumps(got.told, ensure_ascii=False), dict(got.files)
_call`);
}

const acts = {
  start: async ({ parts: given }) => { Object.assign(parts, given); await start(); return {}; },
  answer: ({ ask, files }) => {
    const found = call(ask, new Map(Object.entries(files)));
    const [told, made] = found.toJs({ dict_converter: Object.fromEntries });
    found.destroy();
    return { told: JSON.parse(told), files: made, heap: python._module.HEAP8.length };
  },
};

onmessage = async ({ data: { id, act, ...told } }) => {
  try {
    const answer = await acts[act](told);
    postMessage({ id, answer });
  } catch (error) {
    postMessage({ id, error: String(error?.message ?? error) });
  }
};
