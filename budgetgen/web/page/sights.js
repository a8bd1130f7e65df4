// The right side: tables and documents as they print, every number a button; what a number is, in a drawer below.
import { at, make, showTabs } from "./dom.js";
import { field } from "./issues.js";

const TALL = 60;

/** What a panel shows; the HTML comes from the program, every text in it escaped. */
const shownOf = panel => (panel.paper ? `<div class="paper">${panel.html}</div>` : panel.html);

export class Sights {
  constructor(acts) {
    this.acts = acts;
    this.panels = [];
    this.figures = [];
    this.chosen = "";
    this.before = new Map();
    at("panel").addEventListener("click", event => this.#clicked(event));
    at("panel").addEventListener("keydown", event => this.#moved(event));
  }

  /** Show another look; numbers that are printed otherwise than before are marked. Gives how many figures changed. */
  show(look) {
    this.panels = look.files.flatMap(file => file.panels);
    this.figures = look.figures;
    const now = this.#texts(), changed = new Set();
    if (this.before.size) for (const [name, text] of now) if (this.before.get(name) !== text) changed.add(name);
    this.before = now;
    this.changed = changed;
    const panel = this.#panel(this.chosen) || this.panels[0];
    if (panel && panel.html === null) this.open(panel.id); else this.#put(panel, true);
    return changed.size;
  }

  #panel(id) { return this.panels.find(p => p.id === id); }

  /** Figure's name → all that is printed of it. */
  #texts() {
    const found = new Map();
    for (const panel of this.panels)
      for (const [n, text] of panel.printed) {
        const name = this.figures[n].name;
        found.set(name, `${found.get(name) || ""}|${text}`);
      }
    return found;
  }

  /** Show a panel; only the one that is seen was asked for with the look. */
  async open(id) {
    let panel = this.#panel(id);
    this.#tabs(id);
    if (panel && panel.html === null) {
      const found = (await this.acts.panels([id])).find(p => p.id === id);
      panel = this.#panel(id);
      if (this.chosen !== id || !panel) return;
      panel.html ??= found?.html ?? "";
    }
    this.#put(panel);
  }

  #tabs(id) {
    this.chosen = id;
    showTabs(at("panel-tabs"), this.panels, id, chosen => this.open(chosen));
  }

  #put(panel, keepPlace = false) {
    const place = keepPlace ? [at("panel").scrollTop, at("panel").scrollLeft] : [0, 0];
    this.#tabs(panel?.id || "");
    const body = make("div");
    body.innerHTML = panel ? shownOf(panel) : "";
    if (!panel) body.append(make("p", { className: "nothing" }, "先改好左边的错误，才看得到表和文本。"));
    for (const button of body.querySelectorAll(".n")) {
      const figure = this.figures[button.dataset.n];
      if (this.changed?.has(figure.name)) button.classList.add("changed");
      button.title = figure.name;
    }
    body.querySelector(".n")?.setAttribute("tabindex", "0");
    at("panel").replaceChildren(body);
    [at("panel").scrollTop, at("panel").scrollLeft] = place;
  }

  #clicked(event) {
    const button = event.target.closest(".n");
    if (button) this.explain(Number(button.dataset.n), button);
  }

  /** The arrow keys lead from number to number, up and down in a table to the number over and under. */
  #moved(event) {
    const now = event.target.closest(".n");
    if (!now || !event.key.startsWith("Arrow")) return;
    const all = [...at("panel").querySelectorAll(".n")], here = all.indexOf(now);
    let next = { ArrowRight: all[here + 1], ArrowLeft: all[here - 1] }[event.key];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const box = now.getBoundingClientRect(), middle = (box.left + box.right) / 2, down = event.key === "ArrowDown";
      const beyond = (down ? all.slice(here + 1) : all.slice(0, here).reverse()).slice(0, TALL * 4);
      next = beyond.find(b => {
        const other = b.getBoundingClientRect();
        return (down ? other.top >= box.bottom - 2 : other.bottom <= box.top + 2) && other.left <= middle + 40 && other.right >= middle - 40;
      });
    }
    if (!next) return;
    event.preventDefault();
    now.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  /** Where a figure is printed: panel, which of its buttons there, text. */
  printed(name) {
    const found = [];
    for (const panel of this.panels) {
      let position = 0;
      for (const [n, text] of panel.printed) if (this.figures[n].name === name) found.push({ panel, n, position: position++, text });
    }
    return found;
  }

  async jump({ panel, n, position }) {
    await this.open(panel.id);
    const all = [...at("panel").querySelectorAll(".n")].filter(b => this.figures[b.dataset.n].name === this.figures[n].name);
    const button = all[position] || all[0];
    button?.scrollIntoView({ block: "center", inline: "center" });
    button?.focus();
    this.#light(button);
  }

  #light(button) {
    for (const lit of at("panel").querySelectorAll(".n.on")) lit.classList.remove("on");
    button?.classList.add("on");
  }

  async explain(number, button) {
    const figure = this.figures[number], drawer = at("drawer");
    this.#light(button);
    const leaves = this.#leaves(number), places = this.printed(figure.name);
    const close = () => { drawer.hidden = true; this.#light(null); (button?.isConnected ? button : at("panel")).focus(); };
    drawer.onkeydown = event => { if (event.key === "Escape") close(); };
    drawer.replaceChildren(
      make("button", { type: "button", className: "close", onclick: close }, "关闭"),
      make("h2", {}, figure.name),
      make("p", {}, make("span", { className: "sum" }, figure.text), figure.note ? ` ${figure.note}` : ""),
      make("div", { className: "columns" },
        make("div", {}, make("h3", {}, "怎么来的"), make("ul", {}, this.#trace(number, true))),
        make("div", {}, make("h3", {}, `印在 ${places.length} 处`), make("ul", {}, places.slice(0, TALL).map(place => make("li", {},
          make("button", { type: "button", className: "link", onclick: () => this.jump(place) }, place.panel.title), ` ${place.text}`)))),
        make("div", { id: "drawer-inputs" }, make("h3", {}, "改它的输入"))));
    drawer.hidden = false;
    drawer.querySelector(".close").focus();
    const told = await this.acts.inputs(leaves.slice(0, 12).map(leaf => leaf.path));
    const inputs = Object.values(told);
    at("drawer-inputs")?.append(...(inputs.length ? inputs.map(i => field(i, this.acts.fill)) : [make("p", { className: "quiet" }, "在数据文件里改。")]),
      leaves.length > 12 ? make("p", { className: "quiet" }, `还有 ${leaves.length - 12} 项，在“怎么来的”里点开。`) : "");
  }

  #leaves(number) {
    const found = new Map(), left = [number];
    while (left.length) {
      const figure = this.figures[left.pop()];
      if (figure.of.length) left.push(...figure.of);
      else if (figure.path) found.set(figure.path, figure);
    }
    return [...found.values()];
  }

  /** A figure and what it was made from, opened one level at a time. */
  #trace(number, open) {
    const figure = this.figures[number];
    const words = [`${figure.of.length || !figure.path ? figure.name : figure.path} ${figure.text}`,
      figure.operation && `（${[figure.operation, figure.place].filter(Boolean).join(" ")}）`].filter(Boolean).join("");
    const below = () => [...figure.of.map(n => this.#trace(n, figure.of.length === 1)), ...(figure.shares || []).map(s => make("li", {}, s))];
    if (!figure.of.length && !(figure.shares || []).length) return make("li", {}, words);
    if (open) return make("li", {}, words, make("ul", {}, below()));
    const details = make("details", {}, make("summary", {}, words));
    details.addEventListener("toggle", () => { if (details.open && details.childElementCount === 1) details.append(make("ul", {}, below())); });
    return make("li", {}, details);
  }
}

/** A packet of somebody else's: its page, with the places of findings marked. Gives what leads to a finding's place. */
export function showAudited(audit) {
  const panels = audit.html ? [{ id: "0", title: audit.name, html: `<div class="paper">${audit.html}</div>` }]
    : (audit.sheets || []).map((sheet, n) => ({ id: String(n), title: sheet.name, html: sheet.html }));
  const open = id => {
    showTabs(at("panel-tabs"), panels, id, open);
    const body = make("div");
    body.innerHTML = panels.find(p => p.id === id)?.html || "";
    at("panel").replaceChildren(body);
    for (const finding of audit.findings) spotOf(finding, body)?.classList.add("spot");
  };
  if (panels.length) open("0");
  else at("panel").replaceChildren(make("p", { className: "nothing" }, "这个文件的版面显示不出来，位置见左边。"));
  return finding => {
    const sheet = panels.findIndex(p => finding.where.startsWith(p.title));
    if (!audit.html && sheet >= 0) open(String(sheet));
    for (const lit of document.querySelectorAll(".spot.now")) lit.classList.remove("now");
    const spot = spotOf(finding, at("panel"));
    spot?.classList.add("now");
    spot?.scrollIntoView({ block: "center" });
  };
}

/** The paragraph or the row of a table that a finding is about. */
function spotOf(finding, body) {
  const [table, number, column] = finding.spot;
  if (!table) return body.querySelector(`#p${number}`);
  const rows = body.querySelector(`#t${table}`)?.rows;
  const texts = rows ? [...rows].map(row => row.cells[column]) : [];
  const exact = [...(rows || [])].flatMap(row => [...row.cells]).filter(cell => cell.textContent.trim() === finding.stated);
  return exact.length === 1 ? exact[0] : texts[number] || rows?.[number] || null;
}
