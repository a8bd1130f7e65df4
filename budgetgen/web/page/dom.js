// Elements made from texts: nothing that a file says is ever read as HTML here.

export const at = id => document.getElementById(id);

/** An element: attributes and handlers by name (`onclick`), children as texts or elements. */
export function make(tag, told = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(told)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "className") element.className = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter(c => c !== null && c !== undefined && c !== false));
  return element;
}

let quiet = 0;
/** One short sentence at the foot of the page, read out by screen readers. */
export function say(text) {
  at("say").textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { at("say").textContent = ""; }, 6000);
}

/** A row of tabs; `tabs` are {id, title, count, kind}. The arrow keys lead from one to the next. */
export function showTabs(row, tabs, chosen, choose) {
  row.replaceChildren(...tabs.map(tab => make("button", {
    type: "button", role: "tab", id: `${row.id}-${tab.id}`, className: tab.kind || "",
    "aria-selected": String(tab.id === chosen), tabindex: tab.id === chosen ? "0" : "-1", onclick: () => choose(tab.id), title: tab.title,
  }, tab.title, tab.count === undefined ? null : make("b", {}, ` ${tab.count}`))));
  const shown = at(`${row.id}-${chosen}`);
  if (shown && row.scrollWidth > row.clientWidth) shown.scrollIntoView({ block: "nearest", inline: "nearest" });
  row.onkeydown = event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const now = tabs.findIndex(tab => tab.id === chosen), next = tabs[(now + step + tabs.length) % tabs.length];
    event.preventDefault();
    choose(next.id);
    at(`${row.id}-${next.id}`).focus();
  };
}

/** Hand a file to the person. */
export function download(name, bytes) {
  const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = make("a", { href: url, download: name.split("/").pop() });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
