// What all charts share: colours of the sheet, sizes, words beside the picture, a table in place of it.

const SERIES = ["--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6"];

/** Returns the colours that the style sheet has now, light or dark. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    ink: colour("--ink"),
    muted: colour("--muted"),
    line: colour("--line"),
    surface: colour("--surface"),
    faint: colour("--faint-series"),
    bad: colour("--bad"),
    heat: [colour("--heat-0"), colour("--heat-1")],
    series: SERIES.map(colour),
    font: style.getPropertyValue("--sans").trim(),
  };
}

/** Calls `work` when the colours change. */
export function onColours(work) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", work);
}

/** Fetches JSON of a chart; throws an `Error` with the reason that the server gives. */
export async function ask(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.detail || `the server answered ${answer.status}`);
  return content;
}

export const axisStyle = (colours) => ({
  axisLine: { lineStyle: { color: colours.line } },
  axisTick: { show: false },
  axisLabel: { color: colours.muted, fontSize: 12, hideOverlap: true },
  splitLine: { lineStyle: { color: colours.line, width: 1, opacity: 0.7 } },
  nameTextStyle: { color: colours.muted, fontSize: 12 },
});

export const tooltipStyle = (colours) => ({
  // Plain text on the canvas: HTML in a tooltip would need inline styles, and could be misread as markup.
  renderMode: "richText",
  confine: true,
  transitionDuration: 0,
  backgroundColor: colours.surface,
  borderColor: colours.line,
  textStyle: { color: colours.ink, fontSize: 13, fontFamily: colours.font },
});

/** A chart in a `figure.chart`: its picture, the sentence that tells what it shows, the table in its place. */
export class Chart {
  constructor(figure) {
    this.figure = figure;
    this.plot = figure.querySelector("[data-plot]");
    this.plot.setAttribute("role", "img");
    this.note = figure.querySelector("[data-note]");
    this.echart = null;
    this.details = figure.querySelector("details");
    this.isDue = false;
    this.hasFailed = false;
    /** Headings, then rows of texts, or of `{words, address}` for links. */
    this.rows = () => [];
    this.details.addEventListener("toggle", () => this.#fillTable());
    new ResizeObserver(() => this.echart && this.echart.resize()).observe(this.plot);
    onColours(() => this.draw());
  }

  /** Sets the whole picture; `description` is read out in its place. */
  set(option, description) {
    if (!this.echart) this.echart = echarts.init(this.plot, null, { renderer: "canvas" });
    const colours = palette();
    const animation = false;
    this.echart.setOption({ animation, textStyle: { fontFamily: colours.font, color: colours.ink }, ...option }, { notMerge: true });
    this.plot.setAttribute("aria-label", description);
    this.plot.dataset.drawn = "yes";
    if (this.details.open) this.#fillTable();
  }

  /** Says something in place of the picture. */
  say(words) {
    if (this.echart) this.echart.dispose();
    this.echart = null;
    const said = document.createElement("p");
    said.className = "waiting muted";
    said.textContent = words;
    this.plot.replaceChildren(said);
    this.plot.setAttribute("aria-label", words);
  }

  /** Draws with the next frame, once, however many trials have come until then; a hidden page has none. */
  drawSoon() {
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.draw();
    });
  }

  /** Shows the error of `work` in place of the picture. */
  async guarded(work) {
    this.hasFailed = false;
    try {
      await work();
    } catch (error) {
      this.hasFailed = true;
      this.say(`This chart cannot be shown now: ${error.message}`);
    }
  }

  #fillTable() {
    if (!this.details.open) return;
    const [headings, ...rows] = this.rows();
    const table = document.createElement("table");
    table.className = "data";
    const head = table.createTHead().insertRow();
    for (const words of headings || []) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.className = "num";
      cell.textContent = words;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const words of row) {
        const cell = line.insertCell();
        cell.className = "num";
        cell.append(typeof words === "string" ? words : linkTo(words));
      }
    }
    this.figure.querySelector("[data-table]").replaceChildren(table);
  }
}

function linkTo({ words, address }) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = words;
  return link;
}

/** Returns at most `most` places of a sequence of `length`, evenly, the first and the last among them. */
export function sample(length, most) {
  if (length <= most) return [...Array(length).keys()];
  return [...Array(most).keys()].map((index) => Math.round((index * (length - 1)) / (most - 1)));
}

/** Returns the reach of finite values with a little air, so that nothing sits on the edge. */
export function reach(values, air = 0.06) {
  let low = Infinity;
  let high = -Infinity;
  for (const one of values) {
    if (one === null || !Number.isFinite(one)) continue;
    low = Math.min(low, one);
    high = Math.max(high, one);
  }
  if (low > high) return [0, 1];
  const span = high - low || Math.abs(high) || 1;
  return [low - air * span, high + air * span];
}
