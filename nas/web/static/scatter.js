// One measure of the trials against another, with those that no other trial is better than in both.

import { ask, axisStyle, Chart, palette, reach, tooltipStyle } from "./charts.js";
import { MEASURES, rough, whole } from "./format.js";

const LARGE = 3000;

export class Scatter extends Chart {
  /** `write` writes a reward; `changed(x, y)` is told of other axes. */
  constructor(figure, name, write, changed) {
    super(figure);
    this.name = name;
    this.measures = { ...MEASURES, reward: { name: "reward", write } };
    this.x = figure.querySelector("#scatter-x");
    this.y = figure.querySelector("#scatter-y");
    this.data = null;
    this.isAsking = false;
    this.waiting = [];
    for (const select of [this.x, this.y]) {
      select.addEventListener("change", () => {
        changed(this.x.value, this.y.value);
        this.load();
      });
    }
  }

  load() {
    return this.guarded(async () => {
      const asked = new URLSearchParams({ x: this.x.value, y: this.y.value });
      this.isAsking = true;
      const data = await ask(`/api/v1/searches/${encodeURIComponent(this.name)}/charts/scatter?${asked}`);
      if (data.x !== this.x.value || data.y !== this.y.value) return; // the axes were changed meanwhile
      this.data = data;
      this.isAsking = false;
      this.rows = () => this.#table();
      for (const one of this.waiting.splice(0)) this.#take(one);
      this.draw();
    });
  }

  /** Adds a trial that has just ended, as the stream tells of it. What comes while all is being asked for waits. */
  add(trial) {
    if (this.isAsking) this.waiting.push(trial);
    else if (this.data && this.#take(trial)) this.drawSoon();
  }

  /** Returns whether the trial is new, and has both measures. */
  #take(trial) {
    const measured = { ...trial, validation_accuracy: trial.accuracy };
    const point = { x: measured[this.data.x] ?? null, y: measured[this.data.y] ?? null, number: trial.number };
    if (point.x === null || point.y === null || trial.state !== "completed") return false;
    if (this.data.points.some((one) => one.number === point.number)) return false;
    this.data.points.push(point);
    this.data.count += 1;
    this.#extendFront(point);
    return true;
  }

  /** What is to be small is negated: then more is better on both axes. */
  #merit(point) {
    return [this.data.x_is_minimised ? -point.x : point.x, this.data.y_is_minimised ? -point.y : point.y];
  }

  #extendFront(point) {
    const [x, y] = this.#merit(point);
    const others = this.data.front.map((one) => ({ one, merit: this.#merit(one) }));
    if (others.some(({ merit }) => merit[0] >= x && merit[1] >= y)) return;
    const kept = others.filter(({ merit }) => !(x >= merit[0] && y >= merit[1])).map(({ one }) => one);
    this.data.front = [...kept, point].sort((a, b) => a.x - b.x);
  }

  draw() {
    const data = this.data;
    if (!data) return;
    const { name: xName, write: writeX } = this.measures[data.x];
    const { name: yName, write: writeY } = this.measures[data.y];
    if (!data.points.length) return this.say(`No trial has both ${xName} and ${yName} yet.`);
    const colours = palette();
    const front = new Set(data.front.map((one) => one.number));
    const others = data.points.filter((one) => !front.has(one.number)).map((one) => [one.x, one.y, one.number]);
    const large = others.length > LARGE ? { large: true, progressive: 0 } : {};
    const sizes = others.length > 1000 ? 4 : 7;
    const body = [...data.points.map((one) => one.y)].sort((a, b) => a - b).slice(data.y_is_minimised ? 0 : Math.floor(data.points.length * 0.03));
    const [low, high] = reach(body);
    const across = data.points.map((one) => one.x);
    const [left, right] = reach(across, 0.04);
    const lowest = across.reduce((least, one) => Math.min(least, one), Infinity);
    const highest = across.reduce((most, one) => Math.max(most, one), -Infinity);
    const spreads = lowest > 0 && highest / lowest > 30;
    this.set(
      {
        grid: { left: 12, right: 24, top: 40, bottom: 32, containLabel: true },
        legend: { top: 0, left: 0, itemWidth: 10, itemHeight: 10, itemGap: 18, textStyle: { color: colours.muted, fontSize: 13 } },
        tooltip: { ...tooltipStyle(colours), trigger: "item", formatter: (one) => `trial ${one.value[2]}\n${yName} ${writeY(one.value[1])}\n${xName} ${writeX(one.value[0])}` },
        xAxis: { type: spreads ? "log" : "value", name: xName, nameLocation: "middle", nameGap: 30, min: spreads ? lowest / 1.3 : left, max: spreads ? highest * 1.3 : right, ...axisStyle(colours), splitLine: { show: false }, axisLabel: { ...axisStyle(colours).axisLabel, formatter: rough(writeX), showMinLabel: false, showMaxLabel: false } },
        yAxis: { type: "value", name: yName, nameLocation: "end", nameGap: 8, min: low, max: high, ...axisStyle(colours), nameTextStyle: { ...axisStyle(colours).nameTextStyle, align: "left", opacity: 0 }, axisLabel: { ...axisStyle(colours).axisLabel, formatter: rough(writeY), showMinLabel: false, showMaxLabel: false } },
        series: [
          { name: "trials", type: "scatter", data: others, symbolSize: sizes, itemStyle: { color: colours.faint, opacity: 0.7 }, cursor: "pointer", ...large },
          { name: "Pareto front: none is better in both", type: "line", step: this.#step(), data: data.front.map((one) => [one.x, one.y, one.number]), symbol: "circle", symbolSize: 8, lineStyle: { color: colours.series[0], width: 1.5 }, itemStyle: { color: colours.series[0] }, cursor: "pointer" },
        ],
      },
      `${yName} against ${xName} of ${whole(data.count)} trials; no other is better in both than ${data.front.length} of them, which the table below has.`,
    );
    this.echart.off("click");
    this.echart.on("click", (event) => event.value && location.assign(this.#trial(event.value[2])));
    const shown = data.points.length < data.count ? `${whole(data.points.length)} of ${whole(data.count)} shown` : "";
    this.note.textContent = shown;
  }

  /** The front's line goes the way of what is had for at most so much. */
  #step() {
    return this.data.x_is_minimised ? "end" : "start";
  }

  #trial(number) {
    return `/searches/${encodeURIComponent(this.name)}/trials/${number}`;
  }

  #table() {
    const { x, y, front } = this.data;
    const rows = front.map((one) => [{ words: String(one.number), address: this.#trial(one.number) }, this.measures[x].write(one.x), this.measures[y].write(one.y)]);
    return [["trial", this.measures[x].name, this.measures[y].name], ...rows];
  }
}
