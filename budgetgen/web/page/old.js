// Read by the oldest browsers too: says what is missing before anything else is tried.
(function () {
  var lacks = [];
  if (!("noModule" in document.createElement("script"))) lacks.push("模块");
  if (typeof Promise === "undefined" || typeof Map === "undefined") lacks.push("新的 JavaScript");
  if (typeof indexedDB === "undefined") lacks.push("IndexedDB");
  if (document.getElementById("site.image")) {
    if (typeof DecompressionStream === "undefined") lacks.push("解压（DecompressionStream）");
    var wasm = typeof WebAssembly === "object" && typeof WebAssembly.validate === "function";
    // A function that tries and catches: (module (func try catch_all end))
    var tries = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 8, 1, 6, 0, 6, 64, 25, 11, 11];
    if (!wasm || !WebAssembly.validate(new Uint8Array(tries))) lacks.push("WebAssembly（带异常处理）");
  }
  if (!lacks.length) return;
  window.tooOld = true;
  var said = document.getElementById("too-old");
  said.hidden = false;
  said.textContent = "这个浏览器太旧，缺少：" + lacks.join("、") +
    "。请用 Chrome、Edge 96 以上，Firefox 114 以上，或 360、奇安信、WPS 的较新版本（极速模式）打开。";
})();
