// The page of a search: charts and figures that follow the search, without asking for everything again.

import { attend } from "./fragments.js";
import { keepAges, rewards, whole } from "./format.js";
import { Heat } from "./heat.js";
import { History } from "./history.js";
import { follow, whenSeen } from "./live.js";
import { Log } from "./log.js";
import { Policy } from "./policy.js";
import { Scatter } from "./scatter.js";
import { TrialTable } from "./table.js";

const KINDS = ["created", "taken", "extended", "released", "started", "finished", "requeued", "fenced", "noted"];
const SOON = 2000;
const LATER = 5000;

const place = document.getElementById("search");
const name = place.dataset.name;
const write = rewards(place.dataset.measure, place.dataset.negated === "yes");
const at = (id) => document.getElementById(id);
const part = (path) => `/searches/${encodeURIComponent(name)}/${path}`;

const table = new TrialTable(name, write);
const log = new Log(name);
const history = new History(at("history"), name, write);
const scatter = new Scatter(at("scatter"), name, write, (x, y) => table.setAxes(x, y));
const policy = new Policy(at("policy"), name);
const heat = new Heat(at("decisions"), name, () => Number(place.dataset.done));

// A part in which somebody uses the keyboard is left alone until they have moved on.
const refresh = (id) => () => !at(id).contains(document.activeElement) && htmx.ajax("GET", part(id), { target: `#${id}`, swap: "innerHTML" });

// Figures of the whole search are asked for again at most so often, and only while they are looked at.
const again = {
  head: whenSeen(at("head").parentElement, () => htmx.ajax("GET", part("head"), { target: "#head", swap: "outerHTML" }), SOON),
  heat: whenSeen(at("decisions"), () => heat.load(), LATER),
  effects: whenSeen(at("effects"), refresh("effects"), LATER),
  workers: whenSeen(at("workers"), refresh("workers"), SOON),
};

function writeFigures(search) {
  const set = (key, words) => {
    const found = document.querySelector(`#head [data-live="${key}"]`);
    if (found) found.textContent = words;
  };
  place.dataset.done = search.done;
  set("done", whole(search.done));
  set("failed", whole(search.failed));
  set("open", whole(search.created - search.done));
  set("best", write(search.best));
  const bar = document.querySelector('#head [data-live="bar"]');
  if (bar && search.of) bar.value = search.done;
}

/** Shows the state in the head of the page; whoever offers actions hears of it. */
function writeState() {
  const { state, words } = at("head").dataset;
  const badge = at("state");
  if (badge.dataset.state === state) return;
  badge.dataset.state = state;
  badge.textContent = words;
  at("actions").dataset.state = state;
  place.dataset.state = state;
  at("actions").dispatchEvent(new CustomEvent("statechange", { detail: { state } }));
}

let updates = null;
function policySoon() {
  // Its figure is hidden until there is something to show, so it cannot wait to be seen.
  if (updates) return;
  updates = setTimeout(() => {
    updates = null;
    if (!document.hidden) policy.load();
  }, LATER);
}

function hear(kind, data, id) {
  log.add(kind, data, id);
  if (data.search) writeFigures(data.search);
  if (kind === "finished") {
    for (const chart of [history, scatter]) if (chart.hasFailed) chart.load();
    history.add(data.search.done, data.number, data.reward ?? null);
    scatter.add(data);
    if (table.isEmpty) table.reload();
    else table.add(data);
    again.heat();
    again.effects();
    policySoon();
  }
  again.head();
  again.workers();
}

function all() {
  history.load();
  scatter.load();
  policy.load();
  again.head();
  again.heat();
  again.effects();
  again.workers();
}

/** Events were dropped before they could be heard, or nothing could be had for a while: everything is asked for anew. */
function missed() {
  all();
  table.reload();
}

function keepScroll() {
  const key = `scroll ${location.pathname}`;
  const before = sessionStorage.getItem(key);
  const isReload = performance.getEntriesByType("navigation")[0]?.type === "reload";
  if (before && isReload) {
    const until = performance.now() + 3000;
    const watcher = new ResizeObserver(() => {
      if (performance.now() < until) scrollTo(0, Number(before));
    });
    watcher.observe(document.body);
    for (const kind of ["wheel", "keydown", "pointerdown", "touchstart"]) addEventListener(kind, () => watcher.disconnect(), { once: true, passive: true });
  }
  addEventListener("pagehide", () => sessionStorage.setItem(key, String(scrollY)));
}

document.addEventListener("htmx:afterSettle", writeState);
attend(["effects", "workers"]);
keepScroll();
keepAges();
all();
follow(`/api/v1/searches/${encodeURIComponent(name)}/stream`, [...KINDS, "gap", "away", "back"], { any: (kind, data, id) => (KINDS.includes(kind) ? hear(kind, data, id) : kind !== "away" && missed()) }, place.dataset.after);
// Heartbeats of workers are no events: they are looked at while the search is driven.
setInterval(() => ["running", "held", "gone"].includes(place.dataset.state) && again.workers(), LATER);
