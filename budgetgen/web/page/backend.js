// The program behind the page: in a worker of this page where the page carries it, else the server that sent the page.
import { at } from "./dom.js";

const waiting = new Map();
let worker = null, asked = 0, stopped = null;

/** Whether the page carries the program itself. */
export const carried = at("site.image") !== null;
const address = new URLSearchParams(location.search);
const headers = { "X-Budgetgen-Token": address.get("token") || "" };

/** Starts the program; `progress(percent, words)` is told how far it is. Resolves when questions can be asked. */
export async function start(progress) {
  if (!carried) {
    const about = await (await fetch("api/about", { headers })).json();
    return about;
  }
  const source = at("worker").textContent;
  worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  worker.onerror = event => fail(event.message || "没有启动起来");
  worker.onmessage = ({ data }) => {
    if ("percent" in data) return progress(data.percent, data.words);
    const [yes, no] = waiting.get(data.id);
    waiting.delete(data.id);
    return "error" in data ? no(new Error(data.error)) : yes(data.answer);
  };
  const parts = {};
  for (const script of document.querySelectorAll("script[type='text/plain'].part")) {
    parts[script.id] = { text: script.textContent, length: Number(script.dataset.length) };
    script.remove();
  }
  await send({ act: "start", parts });
  return { native: false, pdf: false };
}

function fail(why) {
  stopped = new Error(why);
  for (const [, no] of waiting.values()) no(stopped);
  waiting.clear();
}

function send(message) {
  if (stopped) return Promise.reject(stopped);
  return new Promise((yes, no) => {
    waiting.set(++asked, [yes, no]);
    worker.postMessage({ id: asked, ...message });
  });
}

/** Asks; `files` are Uint8Arrays by name. Gives {told, files}. */
export async function ask(question, files = {}) {
  if (worker) return send({ act: "answer", ask: JSON.stringify(question), files });
  const response = await fetch("api/answer", { method: "POST", headers, body: framed({ ask: question }, files) });
  if (!response.ok) throw new Error(await response.text());
  return unframed(new Uint8Array(await response.arrayBuffer()));
}

/** JSON with files behind it: its length in four bytes, it, the files end to end. */
export function framed(told, files) {
  const names = Object.entries(files).map(([name, bytes]) => [name, bytes.length]);
  const head = new TextEncoder().encode(JSON.stringify({ ...told, files: names }));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length, true);
  return new Blob([length, head, ...Object.values(files)]);
}

export function unframed(bytes) {
  let end = 4 + new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end))), files = {};
  for (const [name, size] of head.files) files[name] = bytes.slice(end, end += size);
  return { told: head.told, files };
}

/** The files that `budgetgen serve` was started with, {} where with none; and, once called, whenever one was saved. */
export async function localFiles() {
  const response = await fetch("api/local", { headers });
  return response.ok ? unframed(new Uint8Array(await response.arrayBuffer())) : { told: {}, files: {} };
}
export async function localChanges(saved) {
  for (let since = 0; ;) {
    const response = await fetch(`api/changes?since=${since}`, { headers });
    if (!response.ok) return;
    const now = (await response.json()).state;
    if (since && now !== since) await saved();
    since = now;
  }
}
