// The table of trials: its address, its ticks, and what has ended since it was asked for.

import { percent, seconds, count, MEASURES, whole } from "./format.js";

const section = () => document.getElementById("trials");

export class TrialTable {
  constructor(name, write) {
    this.name = name;
    this.write = write;
    this.picked = new Set(this.#address().get("picked")?.split(",").filter(Boolean) || []);
    this.ended = 0;
    document.addEventListener("change", (event) => {
      if (event.target.matches("#trials td.tick input")) this.#pick(event.target);
    });
    document.addEventListener("click", (event) => {
      if (event.target.id === "compare-trials") this.#compare();
      if (event.target.id === "table-news") this.reload();
    });
    document.addEventListener("htmx:configRequest", (event) => this.#complete(event.detail));
    document.addEventListener("htmx:afterSettle", () => this.#showTicks());
    addEventListener("popstate", () => location.reload());
    this.#showTicks();
  }

  /** Keeps axes in the address, and in what the filter asks for. */
  setAxes(x, y) {
    const asked = this.#address();
    for (const [key, value, usual] of [["x", x, "parameters"], ["y", y, "validation_accuracy"]]) {
      if (value === usual) asked.delete(key);
      else asked.set(key, value);
    }
    this.#setAddress(asked);
  }

  /** Takes in a trial that has ended: its row where it is shown, else the number of those that are not. */
  add(trial) {
    const row = section().querySelector(`tr[data-number="${Number(trial.number)}"]`);
    if (row) this.#write(row, trial);
    else {
      this.ended += 1;
      const news = document.getElementById("table-news");
      if (!news) return;
      news.hidden = false;
      news.textContent = `Show ${whole(this.ended)} new`;
    }
  }

  /** Asks for the same table again. */
  reload() {
    this.ended = 0;
    const address = `/searches/${encodeURIComponent(this.name)}/table${location.search}`;
    return htmx.ajax("GET", address, { target: "#trials", swap: "outerHTML" });
  }

  get isEmpty() {
    return !section().querySelector("table.trials");
  }

  #write(row, trial) {
    const write = { reward: this.write, accuracy: percent, parameters: count, multiply_adds: count, train_seconds: seconds, latency_ms: MEASURES.latency_ms.write };
    for (const [key, words] of Object.entries(write)) {
      const cell = row.querySelector(`[data-cell="${key}"]`);
      if (cell && trial[key] !== undefined) (cell.querySelector("strong") || cell).textContent = words(trial[key]);
    }
    row.dataset.state = trial.state;
    const badge = row.querySelector("[data-cell=state] .badge");
    badge.dataset.state = trial.state;
    badge.textContent = trial.state;
  }

  #address() {
    return new URLSearchParams(location.search);
  }

  #setAddress(asked) {
    const text = asked.toString();
    history.replaceState(history.state, "", `${location.pathname}${text ? `?${text}` : ""}${location.hash}`);
  }

  #pick(box) {
    if (box.checked) this.picked.add(box.value);
    else this.picked.delete(box.value);
    const asked = this.#address();
    asked.delete("picked");
    if (this.picked.size) asked.set("picked", [...this.picked].join(","));
    this.#setAddress(asked);
    this.#showTicks();
  }

  #showTicks() {
    const most = Number(document.getElementById("compare-trials")?.dataset.most || 8);
    for (const box of document.querySelectorAll("#trials td.tick input")) {
      box.checked = this.picked.has(box.value);
      box.disabled = !box.checked && this.picked.size >= most;
    }
    const button = document.getElementById("compare-trials");
    if (!button) return;
    button.disabled = this.picked.size < 2;
    button.textContent = this.picked.size ? `Compare ${this.picked.size}` : "Compare";
    button.title = this.picked.size < 2 ? "Tick two or more trials" : "";
  }

  #compare() {
    const asked = new URLSearchParams([...this.picked].map((number) => ["trial", `${this.name}:${number}`]));
    location.assign(`/compare?${asked}`);
  }

  /** Leaves out of a request for the table what was not filled in, and adds ticks and axes as they are now. */
  #complete(detail) {
    if (!detail.path.startsWith(`/searches/${encodeURIComponent(this.name)}/table`)) return;
    this.ended = 0;
    for (const [key, value] of [...detail.formData.entries()]) if (value === "") detail.formData.delete(key);
    for (const key of ["picked", "x", "y"]) {
      const now = this.#address().get(key);
      if (detail.path.includes("?")) continue;
      detail.formData.delete(key);
      if (now) detail.formData.set(key, now);
    }
  }
}
