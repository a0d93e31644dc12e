// What was chosen over time: one small picture a decision, a row an option, a column a window, dark where often chosen.

import { ask, onColours, palette } from "./charts.js";
import { whole } from "./format.js";

const FIRST = 12;
const [LEAST_WINDOWS, MOST_WINDOWS, A_WINDOW] = [6, 40, 15];
const ROW = 15;
const HEIGHT = 13;

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

/** Returns a colour between two; the power spreads the small shares, which are most. */
function mixed([from, to], share) {
  const part = share ** 0.7;
  const [a, b] = [rgb(from), rgb(to)];
  return `rgb(${a.map((one, at) => Math.round(one + (b[at] - one) * part)).join(" ")})`;
}

export class Heat {
  /** `trials()` tells how many trials there are. */
  constructor(figure, name, trials) {
    this.figure = figure;
    this.trials = trials;
    this.plot = figure.querySelector("[data-plot]");
    this.note = figure.querySelector("[data-note]");
    this.button = figure.querySelector("[data-all]");
    this.address = `/api/v1/searches/${encodeURIComponent(name)}/charts/decisions`;
    this.data = null;
    this.showsAll = false;
    this.button.addEventListener("click", () => {
      this.showsAll = !this.showsAll;
      this.draw();
    });
    onColours(() => this.draw());
  }

  async load() {
    try {
      this.data = await ask(`${this.address}?windows=${this.#windows()}`);
      this.draw();
    } catch (error) {
      this.plot.replaceChildren(element("p", "waiting muted", `This chart cannot be shown: ${error.message}`));
    }
  }

  /** As many windows as have some trials each: single trials would make a picture of noise. */
  #windows() {
    return Math.max(LEAST_WINDOWS, Math.min(MOST_WINDOWS, Math.round(this.trials() / A_WINDOW)));
  }

  draw() {
    if (!this.data) return;
    const { decisions, windows, count } = this.data;
    this.figure.hidden = decisions.length === 0;
    if (!windows.length) {
      this.plot.replaceChildren(element("p", "waiting muted", "The strategy has not chosen anything yet."));
      return;
    }
    const shown = this.showsAll ? decisions : decisions.slice(0, FIRST);
    this.button.hidden = decisions.length <= FIRST;
    this.button.textContent = this.showsAll ? "Show fewer" : `Show all ${decisions.length}`;
    this.button.setAttribute("aria-expanded", String(this.showsAll));
    this.note.textContent = `share of each option in ${windows.length} windows over ${whole(count)} trials, first to latest; the number is the latest`;
    this.plot.replaceChildren(...shown.map((one) => this.#picture(one)));
    this.plot.dataset.drawn = "yes";
  }

  #picture(decision) {
    const { windows } = this.data;
    const block = element("section", "heat");
    block.append(element("h3", "", decision.name));
    const table = document.createElement("table");
    const latest = decision.shares[decision.shares.length - 1];
    const most = Math.max(...latest);
    table.append(this.#caption(decision));
    decision.options.forEach((option, at) => {
      const row = table.insertRow();
      const name = element("th", latest[at] === most ? "most" : "", option);
      name.scope = "row";
      name.title = option;
      const strip = element("td", "strip");
      strip.append(this.#strip(decision.shares.map((shares) => shares[at]), windows));
      row.append(name, strip, element("td", "num", `${Math.round(100 * latest[at])} %`));
    });
    block.append(table);
    return block;
  }

  #caption(decision) {
    const latest = decision.shares[decision.shares.length - 1];
    const best = decision.options[latest.indexOf(Math.max(...latest))];
    const caption = element("caption", "visually-hidden", `${decision.name}: latest share of each option, most often ${best}`);
    return caption;
  }

  /** Draws the shares of one option; the title tells those of the window under the pointer. */
  #strip(shares, windows) {
    const canvas = document.createElement("canvas");
    const dots = 4;
    canvas.width = shares.length * dots;
    canvas.height = HEIGHT;
    canvas.setAttribute("aria-hidden", "true");
    const pen = canvas.getContext("2d");
    const { heat } = palette();
    shares.forEach((share, at) => {
      pen.fillStyle = mixed(heat, share);
      pen.fillRect(at * dots, 0, dots, ROW);
    });
    canvas.addEventListener("mousemove", (event) => {
      const at = Math.min(shares.length - 1, Math.floor((event.offsetX / canvas.clientWidth) * shares.length));
      const [first, last] = windows[Math.max(0, at)];
      canvas.title = `trials ${whole(first)} to ${whole(last)}: ${Math.round(100 * shares[Math.max(0, at)])} %`;
    });
    return canvas;
  }
}
