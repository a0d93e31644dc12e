// The log, newest first: what the stream tells goes on top of what the server has written.

import { ago } from "./format.js";

const WORDS = { created: "created", taken: "driven", extended: "extended", released: "left", started: "started", finished: "ended", requeued: "again", fenced: "discarded", noted: "note" };
const OF_TRIALS = new Set(["started", "finished"]);
const MOST = 400;

export class Log {
  constructor(name) {
    this.name = name;
    this.box = document.getElementById("log-trials");
    this.box.addEventListener("change", () => this.#reload());
  }

  /** Adds a line, unless the server has written it already. */
  add(kind, data, id) {
    if (OF_TRIALS.has(kind) && !this.box.checked) return;
    const list = document.getElementById("log");
    if (list.querySelector(`li[data-event="${Number(id)}"]`)) return;
    list.querySelector("li.muted")?.remove();
    list.prepend(this.#line(kind, data, id));
    const lines = list.querySelectorAll("li[data-kind]");
    if (lines.length > MOST) lines[lines.length - 1].remove();
  }

  #line(kind, { at, number, attempt, text }, id) {
    const line = document.createElement("li");
    line.dataset.kind = kind;
    line.dataset.event = id;
    const time = document.createElement("time");
    time.dateTime = new Date(at * 1000).toISOString();
    time.dataset.ago = "";
    time.textContent = ago(Math.max(0, Date.now() / 1000 - at));
    const word = document.createElement("span");
    word.className = "kind";
    word.textContent = WORDS[kind];
    const said = document.createElement("span");
    said.className = "said";
    if (number !== null && number !== undefined) {
      const link = document.createElement("a");
      link.href = `/searches/${encodeURIComponent(this.name)}/trials/${number}`;
      link.textContent = `trial ${number}`;
      said.append(link, `${attempt > 1 ? `, attempt ${attempt}` : ""}${text ? ": " : ""}`);
    }
    said.append(kind === "taken" ? readable(text) : text);
    line.append(time, " ", word, " ", said);
    return line;
  }

  #reload() {
    const trials = this.box.checked ? "?trials=1" : "";
    htmx.ajax("GET", `/searches/${encodeURIComponent(this.name)}/log${trials}`, { target: "#log", swap: "outerHTML" });
  }
}

/** "host:pid:start:place" as a person would look for it. */
function readable(owner) {
  const [host, pid, start] = owner.split(":");
  return start ? `process ${pid} on ${host}` : owner;
}
