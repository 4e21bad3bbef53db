// What makes the page quicker to use; all that it says can be read without.
"use strict";
document.documentElement.classList.add("js");
const status = document.getElementById("status");

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Where the page comes by plain HTTP, or the browser asks and is refused.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) throw new Error("not copied");
  }
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await copy(source.textContent);
    button.textContent = "Copied";
    status.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = "Selected: copy it";
    status.textContent = "Could not copy; the text is selected";
  }
  setTimeout(() => { button.textContent = "Copy"; status.textContent = ""; }, 2500);
});

const tables = [...document.querySelectorAll("article")].map((article) => ({
  article,
  entry: document.querySelector(`nav li[data-of="${CSS.escape(article.id)}"]`),
  details: article.querySelector("details"),
  open: article.querySelector("details").open,
  rows: [...article.querySelectorAll("tbody.columns tr")].map((row) => ({ row, text: row.textContent.toLowerCase() })),
  text: article.querySelector(".searched").textContent.toLowerCase(),
}));

function filter(words) {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const table of tables) {
    const hits = table.rows.filter(({ text }) => wanted.some((word) => text.includes(word)));
    const all = table.text + hits.map(({ text }) => text).join(" ");
    const matches = wanted.every((word) => all.includes(word));
    table.article.hidden = table.entry.hidden = !matches;
    for (const { row } of table.rows) row.classList.remove("hit");
    if (wanted.length) for (const { row } of hits) row.classList.add("hit");
    table.details.open = wanted.length && hits.length ? true : table.open;
    shown += matches;
  }
  document.getElementById("none").hidden = shown > 0;
  document.getElementById("shown").textContent = wanted.length ? `${shown} of ${tables.length}` : `${tables.length}`;
}

const field = document.getElementById("filter");
field.addEventListener("input", () => filter(field.value));
field.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { field.value = ""; filter(""); }
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    field.focus();
  }
});

function reveal() {
  const table = tables.find(({ article }) => article.id === decodeURIComponent(location.hash.slice(1)));
  if (table) table.details.open = true;
}
addEventListener("hashchange", reveal);
reveal();
if (field.value) filter(field.value);
