// A classic worker made from a blob: budgetgen in Pyodide, fed by what the page holds. It asks nothing of any server.
// (Chromium starts no module worker from a blob of a file:// page; Pyodide refuses classic ones by trying importScripts.)
self.importScripts = undefined;
const parts = {}, NEVER_ASKED = "https://in-this-page.invalid/", FIRST = 0x4000, BITS = 15;
const STREAMED = ["fzstd.mjs", "pyodide.asm.wasm"];
let python, call, unpack;

/** The bytes of a part: each character holds 15 bits. */
function decoded({ text, length }) {
  const bytes = new Uint8Array(length);
  let held = 0, bits = 0, at = 0;
  for (let n = 0; n < text.length; n += 1) {
    held = (held << BITS) | (text.charCodeAt(n) - FIRST);
    for (bits += BITS; bits >= 8 && at < length;) bytes[at++] = held >> (bits -= 8);
    held &= (1 << bits) - 1;
  }
  return bytes;
}

function taken(name) {
  const bytes = decoded(parts[name]);
  delete parts[name];
  return bytes;
}

/** A part as an answer; the runtime's own compiled part streams, so that it compiles while it unpacks. */
function part(name, type) {
  const packed = taken(name);
  const body = STREAMED.includes(name) ? new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip")) : unpack(packed);
  return new Response(body, { headers: { "Content-Type": type } });
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

async function start() {
  const says = (percent, words) => postMessage({ percent, words });
  says(10, "正在解开程序…");
  unpack = (await script("fzstd.mjs")).decompress;
  const [{ loadPyodide }, asm] = await Promise.all(["pyodide.mjs", "pyodide.asm.mjs"].map(script));
  says(30, "正在启动 Python…");
  const kept = /*KEPT*/null;
  python = await started(loadPyodide, asm.default, {
    indexURL: NEVER_ASKED, lockFileContents: /*LOCK*/null,
    kept: { ...kept, memory: () => unpack(taken("memory")) },
    stdout: line => console.log(line), stderr: line => console.log(line),
  });
  says(85, "正在装入 budgetgen…");
  lay(python.FS, unpack(taken("site.image")));
  call = python.globals.get("answered");
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
