// The left side: what the files are, and what is wrong or still to be filled in, each with its input.
import { at, make, showTabs } from "./dom.js";

const KINDS = [["error", "错误"], ["warning", "警告"], ["fill", "还要填"], ["note", "提示"]];
const LEVELS = { 错误: "error", 疑点: "warning", 提示: "note", 口径: "note" };

/** Something to type in: `told` as the program says it, `done(path, text)` when it is typed. */
export function field(told, done) {
  const id = `in-${field.count = (field.count || 0) + 1}`;
  const words = [told.label, told.unit && `（${told.unit}）`].filter(Boolean).join("");
  const hint = [told.note, told.where && (/^自己/.test(told.where) ? told.where : `从${told.where}抄`)].filter(Boolean).join("。");
  let input;
  if (told.kind === "choice") {
    input = make("select", { id }, ["", ...told.words].map(w => make("option", { value: w, selected: w === told.text }, w || "请选")));
  } else if (told.kind === "lines") {
    input = make("textarea", { id, placeholder: "一行一项" });
  } else {
    input = make("input", { id, inputmode: ["amount", "count", "score"].includes(told.kind) ? "decimal" : null, autocomplete: "off", size: 12 });
  }
  if (told.kind !== "choice") input.value = /^【待填写.*】$/.test(told.text) ? "" : told.text;
  const fill = () => done(told.path, input.value);
  if (told.kind !== "lines") input.onkeydown = event => { if (event.key === "Enter") fill(); };
  input.dataset.path = told.path;
  return make("div", { className: "field" },
    make("label", { for: id }, words, hint && ` — ${hint}`), input,
    make("button", { type: "button", onclick: fill, "aria-label": `填入${told.label}` }, "填入"));
}

const placeWords = place => (place ? [place.file, place.cell || (place.line && `第 ${place.line} 行`)].filter(Boolean).join(" ") : "");

function issue(told, acts) {
  return make("article", { className: `issue ${told.list || told.level}` },
    make("h3", { title: told.path }, told.words || told.path || told.rule),
    make("p", {}, told.cause),
    told.figures.length ? make("p", {}, told.figures.map(f => `${f.name} ${f.amount}`).join("；"), told.difference && `；相差 ${told.difference}`) : null,
    told.mend ? make("p", {}, `改法：${told.mend}`) : null,
    told.waived ? make("p", {}, `已豁免：${told.waived}`) : null,
    make("p", { className: "place" }, placeWords(told.place), " ",
      told.rule ? make("button", { type: "button", className: "link", onclick: () => acts.explain(told.rule), "aria-label": `说明规则 ${told.rule}` }, told.rule) : null),
    told.input ? field(told.input, acts.fill) : null,
    (told.suspects || []).length ? make("details", {}, make("summary", {}, "可疑的数，改其中一个"), told.suspects.map(s => field(s, acts.fill))) : null,
    (told.also || []).length ? make("details", {}, make("summary", {}, `同一处引起的还有 ${told.also.length} 条`), told.also.map(a => issue(a, acts))) : null);
}

/** The three lists and the notes. */
export function showIssues(check, chosen, acts) {
  const tabs = KINDS.map(([id, title]) => ({ id, title, kind: id, count: check.counts[id] }));
  showTabs(at("issue-tabs"), tabs, chosen, acts.choose);
  const found = check.lists[chosen] || [];
  const nothing = { error: "没有错误。", warning: "没有警告。", fill: "都填好了。", note: "没有提示。" }[chosen];
  at("issues").replaceChildren(...(found.length ? found.map(i => issue({ ...i, list: chosen }, acts)) : [make("p", { className: "nothing" }, nothing)]));
}

/** Faults that stopped everything. */
export const asCheck = issues => ({ lists: { error: issues, warning: [], fill: [], note: [] }, counts: { error: issues.length, warning: 0, fill: 0, note: 0 } });

/** What an audit found; `go(finding)` leads to the place. */
export function showFindings(audit, chosen, acts) {
  const lists = {};
  for (const finding of audit.findings) (lists[LEVELS[finding.level] || "note"] ||= []).push(finding);
  const tabs = [["error", "错误"], ["warning", "疑点"], ["note", "提示"]].map(([id, title]) => ({ id, title, kind: id, count: (lists[id] || []).length }));
  showTabs(at("issue-tabs"), tabs, chosen, acts.choose);
  const found = lists[chosen] || [];
  at("issues").replaceChildren(...(found.length ? found.map(finding => make("article", { className: `issue ${chosen}` },
    make("h3", {}, `写的是“${finding.stated}”，应当是 ${finding.expected}`),
    make("p", { className: "place" }, finding.where, " ",
      make("button", { type: "button", className: "link", onclick: () => acts.explain(finding.rule), "aria-label": `说明规则 ${finding.rule}` }, finding.rule), " ",
      make("button", { type: "button", className: "link", onclick: () => acts.go(finding) }, "看原文")),
    finding.quote.map(q => make("p", { className: "quiet" }, `“${q}”`)),
    finding.also.length ? make("details", {}, make("summary", {}, `同一原因还有 ${finding.also.length} 处`),
      finding.also.map(a => make("p", {}, `${a.where} ${a.stated}，${a.expected}`))) : null))
    : [make("p", { className: "nothing" }, "没有发现自相矛盾的地方。")]));
}

/** The files, each with what it is for. */
export function showFiles(files, acts) {
  at("files").replaceChildren(...files.map(file => make("div", { className: "file" },
    make("b", { title: file.name }, file.name),
    make("span", { className: "role" }, file.use),
    file.can.map(([act, title]) => make("button", { type: "button", className: "link", onclick: () => acts[act](file.name), "aria-label": `${title} ${file.name}` }, title)))));
}
