// How the updates of the policy went: four small pictures over one axis, so that each has a scale of its own.

import { ask, axisStyle, Chart, palette, reach, sample, tooltipStyle } from "./charts.js";
import { whole } from "./format.js";

const PARTS = [
  ["entropy", "Entropy, nats"],
  ["loss", "Loss"],
  ["baseline", "Baseline"],
  ["staleness", "Staleness, updates"],
];
const ROWS = 25;
const NARROW = 700;

const figure3 = (number) => (number === null || number === undefined ? "-" : Number(number.toPrecision(3)).toString());

export class Policy extends Chart {
  constructor(figure, name) {
    super(figure);
    this.address = `/api/v1/searches/${encodeURIComponent(name)}/charts/policy`;
    this.data = null;
    new ResizeObserver(() => this.#isNarrow() !== this.wasNarrow && this.draw()).observe(this.plot);
  }

  load() {
    return this.guarded(async () => {
      this.data = await ask(this.address);
      this.figure.hidden = this.data.version.length === 0;
      this.rows = () => this.#table();
      if (!this.figure.hidden) this.draw();
    });
  }

  #isNarrow() {
    return this.plot.clientWidth < NARROW;
  }

  draw() {
    const data = this.data;
    if (!data || !data.version.length) return;
    const colours = palette();
    this.wasNarrow = this.#isNarrow();
    const across = this.wasNarrow ? 2 : 4;
    const down = PARTS.length / across;
    this.plot.classList.toggle("double", down > 1);
    const place = (index) => ({
      left: `${((index % across) * 100) / across}%`,
      width: `${100 / across - 2}%`,
      top: `${(Math.floor(index / across) * 100) / down + 14 / down}%`,
      height: `${82 / down}%`,
      containLabel: true,
    });
    this.set(
      {
        title: PARTS.map(([, words], index) => ({ text: words, left: place(index).left, top: `${(Math.floor(index / across) * 100) / down}%`, textStyle: { color: colours.ink, fontSize: 13, fontWeight: 500 } })),
        tooltip: { ...tooltipStyle(colours), trigger: "axis", axisPointer: { lineStyle: { color: colours.muted } }, formatter: ([one]) => `update ${whole(one.value[0])}\n${one.seriesName} ${figure3(one.value[1])}` },
        grid: PARTS.map((_, index) => place(index)),
        xAxis: PARTS.map((_, index) => ({ gridIndex: index, type: "value", min: data.version[0], max: Math.max(data.version[data.version.length - 1], data.version[0] + 1), ...axisStyle(colours), splitLine: { show: false }, splitNumber: 3, axisLabel: { ...axisStyle(colours).axisLabel, formatter: whole } })),
        yAxis: PARTS.map(([key], index) => {
          const [low, high] = reach(data[key]);
          return { gridIndex: index, type: "value", min: key === "staleness" ? 0 : low, max: high, splitNumber: 3, ...axisStyle(colours), axisLabel: { ...axisStyle(colours).axisLabel, showMinLabel: key === "staleness", showMaxLabel: false } };
        }),
        series: PARTS.map(([key], index) => ({ name: key, type: "line", xAxisIndex: index, yAxisIndex: index, symbol: "none", connectNulls: true, data: data.version.map((version, at) => [version, data[key][at]]), lineStyle: { color: colours.series[0], width: 1.75 }, itemStyle: { color: colours.series[0] } })),
      },
      this.#sentence(),
    );
    const every = data.updates_a_point > 1 ? `, every ${data.updates_a_point}th` : "";
    this.note.textContent = `${whole(data.count)} updates${every}`;
  }

  #sentence() {
    const { entropy, count } = this.data;
    const known = entropy.filter((one) => one !== null);
    const course = known.length ? ` Entropy went from ${figure3(known[0])} to ${figure3(known[known.length - 1])} nats.` : "";
    return `Entropy, loss, baseline and staleness over ${whole(count)} updates of the policy.${course} The table below has them.`;
  }

  #table() {
    const data = this.data;
    const rows = sample(data.version.length, ROWS).map((at) => [whole(data.version[at]), ...PARTS.map(([key]) => figure3(data[key][at]))]);
    return [["update", ...PARTS.map(([, words]) => words)], ...rows];
  }
}
