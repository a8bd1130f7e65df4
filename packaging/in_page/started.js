// How Python starts in the page, and when the page is packed: the memory that is kept then fits only what started alike.

/** Both compiled parts of lxml: laid into memory before Python starts, so that they lie at the same place every time. */
export const LIBRARIES = ["_elementpath", "etree"].map(name => `/site/lxml/${name}.cpython-314-wasm32-emscripten.so`);
const WHEN = 1767225600000;

/**
 * Pyodide. `kept` {config, size, memory()} is a memory to go on from, as `differences` gives it; `locate` says where a
 * compiled part is, by its path.
 */
export function started(loadPyodide, createPyodideModule, { kept, locate, ...options }) {
  return loadPyodide({
    ...options, fullStdLib: false, _makeSnapshot: !kept, _loadSnapshot: kept ? new Uint8Array(4) : undefined,
    env: { HOME: "/home/pyodide", BUDGETGEN_CACHE: "/cache", PYTHONDONTWRITEBYTECODE: "1", PYTHONHASHSEED: "0", TZ: "Asia/Shanghai" },
    createPyodideModule: async settings => {
      settings.dynamicLibraries = LIBRARIES;
      settings.onRuntimeInitialized = () => { settings.atFirst = constants(settings); };
      if (locate) settings.locateFile = locate;
      const module = await createPyodideModule(settings);
      if (kept) module.API.restoreSnapshot = () => restore(module, kept);
      return module;
    },
  });
}

/** What the compiled parts put into memory before anything runs: it is in them, and so need not be kept. */
function constants(module) {
  const end = module.HEAPU32[module._emscripten_get_sbrk_ptr() >> 2];
  return [[0, module._emscripten_stack_get_end()], [module._emscripten_stack_get_base(), end]]
    .map(([from, to]) => [from, module.HEAPU8.slice(from, to)]);
}

/** The memory without what is as it was at first: that is zeros then, and the other way round. */
export function differences(memory, atFirst) {
  for (const [from, bytes] of atFirst) for (let n = 0; n < bytes.length; n += 1) memory[from + n] ^= bytes[n];
  return memory;
}

/** Puts the kept memory in place; what this browser itself put there, its way of calling functions, stays. */
function restore(module, { config, size, memory }) {
  const from = module.HEAP32[module.__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET >> 2], at = (module.__PyRuntime + from) >> 2;
  const trampoline = module.HEAP32[at];
  if (module.HEAP8.length < size) module._emscripten_resize_heap(size);
  module.HEAPU8.fill(0);
  module.HEAPU8.set(memory());
  differences(module.HEAPU8, module.atFirst);
  module.HEAP32[at] = trampoline;
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
