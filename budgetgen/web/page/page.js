// The page: its state, and what happens when a file comes, a value is typed or a number is asked about.
import { at, download, make, say } from "./dom.js";
import { ask, carried, localChanges, localFiles, start } from "./backend.js";
import { asCheck, showFiles, showFindings, showIssues } from "./issues.js";
import { Sights, showAudited } from "./sights.js";
import { forget, keep, recall } from "./store.js";

const MOST_KEPT = 64 * 2 ** 20, MOST_FILE = 64 * 2 ** 20, INPUTS = ["form", "yaml"], PUBLISHED = ["tables", "document", "pdf"];

const state = { files: {}, kinds: {}, main: "", prior: "", audit: "", profile: "", undo: [], list: "error", errors: 0 };
let about = { native: false, pdf: false }, last = null, profiles = [], ready;

const question = (acts, more = {}) => ({ acts, main: state.main, prior: state.prior, profile: state.profile, ...more });

// ------------------------------------------------------------------------------------------------------------ asking

let working = 0;
/** Says what is being done while it is done. */
async function busy(words, act) {
  working += 1;
  at("engine-says").textContent = words;
  try { return await act(); } finally {
    working -= 1;
    if (!working) at("engine-says").textContent = resting();
  }
}

/** Asks and says that it works; a fault of the program is told in one sentence. */
const asking = (words, told, files = state.files) => busy(words, async () => {
  try {
    await ready;
    const { told: answer, files: made } = await ask(told, files);
    return { ...answer, made };
  } catch (error) {
    say(`程序出错：${error.message}。重新打开网页再试；数据没有丢。`);
    throw error;
  }
});
const resting = () => (about.native ? "就绪，由这台电脑上的 budgetgen 处理" : "就绪，不联网");

// ------------------------------------------------------------------------------------------------------------- files

async function read(list) {
  const files = {};
  for (const file of list) {
    if (file.size > MOST_FILE) { say(`${file.name} 太大（超过 ${MOST_FILE / 2 ** 20} MB），没有读。`); continue; }
    files[file.webkitRelativePath || file.relative || file.name] = new Uint8Array(await file.arrayBuffer());
  }
  return files;
}

/** Files of a folder lose the folder's own name; those of a 版式's folder lie in templates/. */
function placed(files) {
  const names = Object.keys(files), top = names[0]?.split("/")[0];
  const one = names.length > 0 && names.every(n => n.includes("/") && n.startsWith(`${top}/`));
  const inside = Object.fromEntries(names.map(n => [one ? n.slice(top.length + 1) : n, files[n]]));
  const layout = Object.keys(inside).some(n => /^(xlsx|docx|profiles)\//.test(n));
  if (!layout) return inside;
  return Object.fromEntries(Object.entries(inside).map(([n, b]) => [n.startsWith("templates/") ? n : `templates/${n}`, b]));
}

/** Takes files that were chosen or dropped; `listed` gives them. */
async function take(listed) {
  await busy("正在读文件…", async () => {
    const files = placed(await read(await listed()));
    if (Object.keys(files).length) await add(files);
  });
}

async function add(files) {
  const { identify } = await asking("正在看是什么文件…", { acts: ["identify"] }, files);
  if (!identify) return;
  const told = identify.files || [];
  Object.assign(state.files, files);
  if (told.some(f => f.kind === "template")) profiles = [];
  for (const file of told) state.kinds[file.name] = file;
  const first = kinds => told.find(f => kinds.includes(f.kind));
  const input = first(INPUTS), other = first(PUBLISHED);
  if (input) {
    // Of a department the file at the top is the department's.
    const inputs = told.filter(f => INPUTS.includes(f.kind)).sort((a, b) => a.name.split("/").length - b.name.split("/").length || /部门/.test(b.name) - /部门/.test(a.name));
    Object.assign(state, { main: inputs[0].name, audit: "", undo: [] });
    state.prior = other ? other.name : inputs.find(f => f.unit === inputs[0].unit && f.year && f.year === inputs[0].year - 1)?.name || "";
    if (state.prior && inputs[0].year && state.kinds[state.prior].year > inputs[0].year) [state.main, state.prior] = [state.prior, state.main];
  } else if (other && state.main) {
    state.prior = other.name;
    say(`${other.name} 作为上年公开的材料来核对；要审核它，点“审核”。`);
  } else if (other) {
    state.audit = other.name;
  } else if (!told.some(f => f.kind === "template")) {
    say(`认不出 ${told[0].name}：${told[0].issues[0]?.cause || "只读填报表、YAML、公开的 docx 和 xlsx。"}`);
    if (!state.main && !state.audit) { for (const f of told) { delete state.files[f.name]; delete state.kinds[f.name]; } return; }
  }
  await refresh();
}

function filesShown() {
  return Object.values(state.kinds).filter(f => f.kind !== "template" && !f.name.includes("/")).map(f => {
    const published = PUBLISHED.includes(f.kind), use = f.name === state.main ? "正在做" : f.name === state.prior ? "上年" : f.name === state.audit ? "审核" : f.title;
    const hand = f.hand ? `，生成后改过：${f.hand.length > 40 ? `${f.hand.slice(0, 40)}…` : f.hand}` : f.hand === "" ? "，本程序生成，没有改过" : "";
    const can = [];
    if (published && f.name !== state.audit) can.push(["audit", "审核"]);
    if (published && f.kind !== "pdf" && f.name !== state.prior && state.main) can.push(["asPrior", "作为上年"]);
    if (f.name === state.prior) can.push(["noPrior", "不用"]);
    if (published && f.kind !== "pdf") can.push(["toForm", "读成填报表"]);
    if (INPUTS.includes(f.kind) && f.name !== state.main) can.push(["work", "做这份"]);
    return { name: f.name, use: use + hand, can };
  });
}

const fileActs = {
  audit: name => { state.audit = name; state.list = "error"; return refresh(); },
  asPrior: name => { state.prior = name; state.audit = ""; return refresh(); },
  noPrior: () => { state.prior = ""; return refresh(); },
  work: name => { Object.assign(state, { main: name, audit: "", undo: [] }); return refresh(); },
  toForm: async name => {
    const answer = await asking("正在读成填报表…", { acts: ["convert"], main: name, target: "填报表.xlsx" });
    if (answer.made["填报表.xlsx"]) { download("填报表.xlsx", answer.made["填报表.xlsx"]); await add(answer.made); } else showIssues(asCheck(answer.convert.issues || []), "error", issueActs);
  },
};

// ------------------------------------------------------------------------------------------------------------ values

async function fill(path, text) {
  const answer = await asking("正在填入…", { ...question(["set"]), values: { [path]: text } });
  const changed = answer.made?.[state.main];
  if (!changed) return say(answer.set?.issues?.[0]?.cause || answer.issues?.[0]?.cause || "没有改。");
  state.undo.push({ name: state.main, bytes: state.files[state.main], what: path });
  state.undo = state.undo.slice(-30);
  state.files[state.main] = changed;
  await refresh(`已填入 ${path}`);
}

async function undo() {
  const back = state.undo.pop();
  if (!back) return;
  state.files[back.name] = back.bytes;
  await refresh(`已撤销 ${back.what}`);
}

const issueActs = {
  fill,
  explain: rule => explainRule(rule),
  choose: list => { state.list = list; render(); },
};
const sights = new Sights({ fill,
  panels: async panels => ((await asking("正在看…", question(["look"], { panels }))).look?.files || []).flatMap(f => f.panels),
  inputs: async paths => (await asking("正在看…", { ...question(["inputs"]), paths })).inputs?.inputs || {} });

async function explainRule(rule) {
  const { explain } = await asking("正在查…", { ...question(["explain"]), main: "", name: rule });
  openDialog(rule, make("pre", {}, explain.text || explain.issues?.[0]?.cause || ""));
}

// ----------------------------------------------------------------------------------------------------------- showing

async function refresh(said = "") {
  at("welcome").hidden = true;
  at("work").hidden = at("commands").hidden = false;
  at("drawer").hidden = true;
  last = state.audit
    ? await asking("正在审核…", { acts: ["audit"], file: state.audit })
    : state.main ? await asking("正在检查…", question(["check", "look"], { panels: [sights.chosen || "0-0"] })) : last;
  let changed = 0;
  if (last?.look?.files) changed = sights.show(last.look);
  const errors = last?.check?.counts?.error || 0;
  if (errors > state.errors) state.list = "error";
  state.errors = errors;
  if (last?.check?.counts && !last.check.counts[state.list]) state.list = ["error", "fill", "warning", "note"].find(l => last.check.counts[l]) || "error";
  render();
  if (said) say(changed ? `${said}，${changed} 个数跟着变了，已标黄` : said);
  await remember();
}

function render() {
  showFiles(filesShown(), fileActs);
  const auditing = Boolean(state.audit);
  at("save-packet").hidden = at("save-input").hidden = at("save-report").hidden = at("undo").hidden = auditing;
  at("save-copy").hidden = !auditing || !last?.audit?.findings?.length;
  at("undo").disabled = !state.undo.length;
  if (auditing) {
    const audit = last?.audit || {};
    at("whose").textContent = `审核 ${state.audit}`;
    if (!audit.findings) { at("panel").replaceChildren(); at("panel-tabs").replaceChildren(); return showIssues(asCheck(audit.issues || last?.issues || []), "error", issueActs); }
    const go = showAudited(audit);
    return showFindings(audit, ["error", "warning", "note"].includes(state.list) ? state.list : "error", { ...issueActs, go });
  }
  const check = last?.check;
  if (!check?.counts) return showIssues(asCheck(check?.issues || last?.issues || []), "error", issueActs);
  at("whose").textContent = [check.unit, check.year && `${check.year} 年度`, check.kind, check.unit && check.draft && "（草稿）"].filter(Boolean).join(" ");
  at("save-packet").disabled = !last.look?.files?.length;
  at("save-packet").textContent = check.draft ? "下载草稿" : "下载材料";
  showIssues(check, state.list, issueActs);
}

async function remember() {
  const size = [...Object.values(state.files), ...state.undo.map(u => u.bytes)].reduce((sum, b) => sum + b.length, 0);
  if (size > MOST_KEPT || !(await keep(state))) at("privacy").dataset.kept = "no";
}

function openDialog(title, ...content) {
  at("more-title").textContent = title;
  at("more-content").replaceChildren(...content.filter(Boolean));
  if (!at("more").open) at("more").showModal();
}

// ---------------------------------------------------------------------------------------------------------- commands

async function savePacket(pdf = false) {
  const answer = await asking("正在生成…", { ...question(["build"]), force: Boolean(last.check.stops), zip: true, pdf });
  for (const [name, bytes] of Object.entries(answer.made)) download(name, bytes);
  const failed = answer.build?.issues?.[0] || (Object.keys(answer.made).length ? null : answer.build?.lists?.error?.[0]);
  say(failed ? failed.cause : answer.build.draft ? "下载的是草稿，不能公开" : "材料已下载");
}

const saveInput = () => download(state.main, state.files[state.main]);

async function saveReport() {
  const { made } = await asking("正在写报告…", question(["report"]));
  for (const [name, bytes] of Object.entries(made)) download(name, bytes);
}

/** What the check says, as notes in the 填报表 itself. */
async function saveNotes() {
  const answer = await asking("正在写批注…", question(["notes"]));
  for (const [name, bytes] of Object.entries(answer.made)) download(name, bytes);
  say(answer.notes?.issues?.[0]?.cause || (answer.notes.cells ? `${answer.notes.cells} 格有批注` : "没有要批注的"));
}

/** What the audit found, as comments in the published file itself. */
async function saveCopy() {
  const answer = await asking("正在写批注…", { acts: ["audit"], file: state.audit, copy: true });
  for (const [name, bytes] of Object.entries(answer.made)) download(name, bytes);
  say(answer.audit?.issues?.[0]?.cause || "带批注的原件已下载");
}

async function convertTo(target, nextYear) {
  const answer = await asking("正在转换…", { ...question(["convert"]), target, next_year: nextYear });
  for (const [name, bytes] of Object.entries(answer.made)) download(nextYear ? `下一年-${name}` : name, bytes);
  if (!Object.keys(answer.made).length) say(answer.convert?.issues?.[0]?.cause || "没有写出来。");
}

async function blankForm() {
  const { made } = await asking("正在做空白填报表…", { acts: ["blank"], profile: state.profile }, {});
  for (const [name, bytes] of Object.entries(made)) download(name, bytes);
}

async function checkLayout() {
  const { check_profile: found } = await asking("正在检查版式…", { ...question(["check_profile"]), profile: state.profile || last?.check?.profile || "" });
  const issues = found.lists ? [...found.lists.error, ...found.lists.warning, ...found.lists.note] : found.issues || [];
  openDialog("版式检查", ...(issues.length ? issues.map(i => make("p", {}, `${i.place ? `${i.place.file} ` : ""}${i.cause}${i.mend}`)) : [make("p", {}, "没有发现问题。")]));
}

async function batch() {
  const answer = await asking("正在做全部单位…", { acts: ["batch"] });
  for (const [name, bytes] of Object.entries(answer.made)) download(name, bytes);
  say(answer.batch?.said || answer.batch?.issues?.[0]?.cause || "");
}

async function clearAll() {
  await forget();
  location.reload();
}

async function openMore() {
  if (!profiles.length) profiles = (await asking("正在看有哪些版式…", question(["profiles"]))).profiles?.profiles || [];
  const button = (title, act) => make("button", { type: "button", onclick: async () => { at("more").close(); await act(); } }, title);
  const choice = make("select", { id: "layout", onchange: async event => { state.profile = event.target.value; at("more").close(); await refresh(); } },
    make("option", { value: "" }, "数据文件里写的"), profiles.map(p => make("option", { value: p.name, selected: p.name === state.profile }, `${p.title}${p.own ? "（自己的）" : ""}`)));
  openDialog("更多",
    make("h3", {}, "换一种写法"), make("div", { className: "row" }, button("写成填报表", () => convertTo("填报表.xlsx", false)),
      button("写成 YAML", () => convertTo("unit.yaml", false)), button("写下一年的填报表", () => convertTo("填报表.xlsx", true)), button("空白填报表", blankForm)),
    state.kinds[state.main]?.kind === "form" ? make("h3", {}, "检查") : null,
    state.kinds[state.main]?.kind === "form" ? make("div", { className: "row" }, button("下载带批注的填报表", saveNotes)) : null,
    make("h3", {}, "版式"), make("div", { className: "row" }, make("label", { for: "layout" }, "用哪种版式"), choice, button("检查这个版式", checkLayout),
      button("用文件夹里自己的版式", () => at("folder-input").click())),
    about.native ? make("h3", {}, "这台电脑上的程序才能做的") : null,
    about.native ? make("div", { className: "row" }, about.pdf ? button("下载材料，连同 PDF", () => savePacket(true)) : null, button("文件夹里的全部单位", batch)) : null,
    make("h3", {}, "文件"), make("div", { className: "row" }, button("再加文件", () => at("file-input").click()), button("再加文件夹", () => at("folder-input").click())),
    make("h3", {}, "保存在这里的内容"), make("p", { className: "quiet" },
      at("privacy").dataset.kept === "no" ? "这个浏览器不为这个网页保存内容（或文件太大）：关掉以前，请下载改好的数据。"
        : "文件和改动保存在这个浏览器里（IndexedDB），重新打开还在，不会传到别处。公用的电脑用完请清除。"),
    make("div", { className: "row" }, button("清除保存的内容", clearAll)));
}

// ---------------------------------------------------------------------------------------------------------- beginning

/** All files of what was dropped, those in folders with the folder's name before theirs. */
async function dropped(items) {
  const found = [], entries = [...items].map(item => item.webkitGetAsEntry?.()).filter(Boolean);
  const walk = async (entry, folder) => {
    if (entry.isFile) {
      const file = await new Promise((yes, no) => entry.file(yes, no));
      file.relative = folder + entry.name;
      found.push(file);
    } else {
      const reader = entry.createReader();
      for (let some; (some = await new Promise((yes, no) => reader.readEntries(yes, no))).length;)
        for (const inner of some) await walk(inner, `${folder}${entry.name}/`);
    }
  };
  for (const entry of entries) await walk(entry, "");
  return found;
}

function wire() {
  at("choose").onclick = () => at("file-input").click();
  at("choose-folder").onclick = () => at("folder-input").click();
  at("blank").onclick = blankForm;
  at("undo").onclick = undo;
  at("save-packet").onclick = () => savePacket();
  at("save-input").onclick = saveInput;
  at("save-report").onclick = saveReport;
  at("save-copy").onclick = saveCopy;
  at("more-open").onclick = openMore;
  for (const id of ["file-input", "folder-input"]) at(id).onchange = async event => { const chosen = [...event.target.files]; await take(() => chosen); event.target.value = ""; };
  addEventListener("dragover", event => { event.preventDefault(); document.body.classList.add("dragging"); });
  addEventListener("dragleave", event => { if (!event.relatedTarget) document.body.classList.remove("dragging"); });
  addEventListener("drop", async event => {
    event.preventDefault();
    document.body.classList.remove("dragging");
    const files = [...event.dataTransfer.files], entries = dropped(event.dataTransfer.items);
    await take(async () => ((await entries).length ? entries : files));
  });
  addEventListener("keydown", event => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !/^(INPUT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); undo(); }
  });
}

async function begin() {
  wire();
  ready = start((percent, words) => { at("bar").value = percent; at("engine-says").textContent = words; }).then(told => {
    about = told;
    at("bar").hidden = true;
    at("engine-says").textContent = resting();
    document.body.dataset.ready = String(Math.round(performance.now()));
  });
  ready.catch(error => { at("bar").hidden = true; at("engine-says").textContent = `没有装载起来：${error.message}`; });
  if (!carried) {
    at("privacy").textContent = "文件由这台电脑上的 budgetgen 处理，不离开这台电脑。";
    await ready;
    const { told, files } = await localFiles();
    if (Object.keys(files).length) {
      state.profile = told.profile;
      await add(files);
      localChanges(async () => { Object.assign(state.files, (await localFiles()).files); await refresh("文件有改动，已重新生成"); });
      return;
    }
  }
  const kept = await recall();
  if (kept?.files && Object.keys(kept.files).length) {
    Object.assign(state, kept);
    say("接着上次的做；不要的，在“更多”里清除");
    await refresh();
  }
}

if (!window.tooOld) begin();
