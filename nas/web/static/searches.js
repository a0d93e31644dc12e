// The list of searches: lines that change are asked for again, ticks survive that, two ticks can be compared.

import { attend } from "./fragments.js";
import { keepAges } from "./format.js";
import { follow } from "./live.js";

const LEAST = 1000;
const ticked = new Set();
const shown = new Map();
const waiting = new Set();

const rowOf = (name) => document.querySelector(`tr[data-search="${CSS.escape(name)}"]`);

function showTicks() {
  for (const box of document.querySelectorAll("td.tick input")) box.checked = ticked.has(box.value);
  const here = [...document.querySelectorAll("td.tick input:checked")];
  const words = document.getElementById("ticked");
  const button = document.getElementById("compare-button");
  if (!words || !button) return;
  button.disabled = here.length < 2;
  words.textContent = here.length < 2 ? "Tick two or more to compare" : `${here.length} ticked`;
}

function readTicks() {
  for (const box of document.querySelectorAll("td.tick input")) {
    if (box.checked) ticked.add(box.value);
    else ticked.delete(box.value);
  }
  showTicks();
}

/** What a line shows that can change: as long as it is the same there is nothing to ask for. */
const view = (data) => [data.state, data.held, data.driven, data.created, data.done, data.failed, data.of, data.best_number].join();

function changed(data) {
  const before = shown.get(data.name);
  const now = view(data);
  const row = rowOf(data.name);
  shown.set(data.name, now);
  if (before === now || (before === undefined && row && row.dataset.view === now)) return;
  if (row) refreshSoon(data.name);
  else if (before === undefined && !isOnList(data.name)) listSoon();
}

const known = new Set(JSON.parse(document.getElementById("known")?.textContent || "[]"));
function isOnList(name) {
  const isKnown = known.has(name);
  known.add(name);
  return isKnown;
}

function refreshSoon(name) {
  if (waiting.has(name)) return;
  waiting.add(name);
  setTimeout(async () => {
    waiting.delete(name);
    const row = rowOf(name);
    if (row) await htmx.ajax("GET", `/searches/${encodeURIComponent(name)}/row`, { target: row, swap: "outerHTML" });
  }, LEAST);
}

let listTimer = null;
function listSoon() {
  if (!document.getElementById("list")) location.reload();
  clearTimeout(listTimer);
  listTimer = setTimeout(() => {
    htmx.ajax("GET", location.pathname + location.search, { target: "#list", select: "#list", swap: "outerHTML" });
  }, LEAST);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("td.tick input")) readTicks();
});
document.addEventListener("htmx:afterSettle", showTicks);
addEventListener("DOMContentLoaded", () => {
  attend();
  readTicks();
  follow("/api/v1/stream", ["search"], { search: changed });
});
keepAges();
