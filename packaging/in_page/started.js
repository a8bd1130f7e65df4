// How Python starts in the page, and when the page is packed: the memory that is kept then fits only what started alike.

/** Both compiled parts of lxml: laid into memory before Python starts, so that they lie at the same place every time. */
export const LIBRARIES = ["_elementpath", "etree"].map(name => `/site/lxml/${name}.cpython-314-wasm32-emscripten.so`);
const WHEN = 1767225600000;

/**
 * Pyodide. `kept` {config, size, sum, memory()} is a memory to go on from, as `differences` gives it; `locate` says where a
 * compiled part is, by its path.
 */
export function started(loadPyodide, createPyodideModule, { kept, locate, ...options }) {
  return loadPyodide({
    ...options, fullStdLib: false, _makeSnapshot: !kept, _loadSnapshot: kept ? new Uint8Array(4) : undefined,
    env: { HOME: "/home/pyodide", BUDGETGEN_CACHE: "/cache", PYTHONDONTWRITEBYTECODE: "1", PYTHONHASHSEED: "0", TZ: "Asia/Shanghai" },
    createPyodideModule: async settings => {
      settings.dynamicLibraries = LIBRARIES;
      settings.preRun.push(module => { module.atFirst = constants(module); });
      if (locate) settings.locateFile = locate;
      const module = await createPyodideModule(settings);
      if (kept) module.API.restoreSnapshot = () => restore(module, kept);
      return module;
    },
  });
}

/** Where the runtime keeps its way of calling functions, which is this browser's own. */
const trampolineOf = module => module.__PyRuntime + module.HEAP32[module.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET >> 2];

/** What the compiled parts put into memory, before anything runs: it is in them, the same in every browser, and so need not be kept. */
function constants(module) {
  const bytes = module.HEAPU8.slice(0, module.HEAPU32[module._emscripten_get_sbrk_ptr() >> 2]), at = trampolineOf(module);
  return bytes.fill(0, at, at + 4);
}

/** A number that tells whether bytes are the same. */
export function checksum(bytes) {
  let sum = 7;
  for (const word of new Uint32Array(bytes.buffer, 0, bytes.length >> 2)) sum = Math.imul(sum, 31) + word | 0;
  return sum;
}

/** The memory without what is as it was at first: that is zeros then, and the other way round. */
export function differences(memory, atFirst) {
  for (let n = 0; n < atFirst.length; n += 1) memory[n] ^= atFirst[n];
  return memory;
}

/** Puts the kept memory in place; what this browser itself put there, its way of calling functions, stays. */
function restore(module, { config, size, sum, memory }) {
  if (checksum(module.atFirst) !== sum) throw new Error("这个浏览器装载的程序与打包时的不同");
  const at = trampolineOf(module) >> 2, trampoline = module.HEAP32[at];
  if (module.HEAP8.length < size) module._emscripten_resize_heap(size);
  module.HEAPU8.fill(0);
  module.HEAPU8.set(memory());
  differences(module.HEAPU8, module.atFirst);
  module.HEAP32[at] = trampoline;
  delete module.atFirst;
  return config;
}

/** Puts files where Python finds them, all with one time: the kept templates' names hold it. */
export function lay(FS, image) {
  const end = 4 + new DataView(image.buffer, image.byteOffset).getUint32(0, true), folders = new Set();
  let at = end;
  for (const [name, size] of JSON.parse(new TextDecoder().decode(image.subarray(4, end)))) {
    const folder = name.slice(0, name.lastIndexOf("/"));
    if (!folders.has(folder)) { FS.mkdirTree(folder); folders.add(folder); }
    FS.writeFile(name, image.slice(at, at += size), { canOwn: true });
    FS.utime(name, WHEN, WHEN);
  }
}
