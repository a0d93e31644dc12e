// Rewards in the order in which trials ended: each, the best so far, the recent mean, and random search beside them.

import { ask, axisStyle, Chart, palette, reach, sample, tooltipStyle } from "./charts.js";
import { rough, whole } from "./format.js";

const ROWS = 25;

export class History extends Chart {
  constructor(figure, name, write) {
    super(figure);
    this.address = `/api/v1/searches/${encodeURIComponent(name)}/charts/history`;
    this.name = name;
    this.write = write;
    this.data = null;
    this.recent = [];
    this.waiting = [];
  }

  load() {
    return this.guarded(async () => {
      this.data = null;
      this.data = await ask(this.address);
      this.recent = this.data.reward.filter((one) => one !== null).slice(-this.data.mean_over);
      this.rows = () => this.#table();
      for (const one of this.waiting.splice(0)) this.#take(...one);
      this.draw();
    });
  }

  /** Adds a trial that has just ended; `done` have by now. What comes while all is being asked for waits. */
  add(done, number, reward) {
    if (!this.data) this.waiting.push([done, number, reward]);
    else if (this.#take(done, number, reward)) this.drawSoon();
  }

  /** Returns whether the trial was new: events that come together all tell how many had ended after the last one. */
  #take(done, number, reward) {
    const data = this.data;
    if (done <= data.count || data.number.includes(number)) return false;
    data.count += 1;
    if (reward !== null) this.recent = [...this.recent, reward].slice(-data.mean_over);
    const last = data.best[data.best.length - 1] ?? null;
    data.told.push(data.count);
    data.number.push(number);
    data.reward.push(reward);
    data.best.push(reward === null ? last : last === null ? reward : Math.max(last, reward));
    data.mean.push(this.recent.length ? this.recent.reduce((sum, one) => sum + one, 0) / this.recent.length : null);
    return true;
  }

  draw() {
    const data = this.data;
    if (!data) return;
    const colours = palette();
    const pairs = (values) => data.told.map((told, index) => [told, values[index]]);
    const points = data.told.map((told, index) => [told, data.reward[index], data.number[index]]).filter((one) => one[1] !== null);
    if (!points.length) return this.say("The first point appears when the first trial has completed.");
    const large = points.length > 3000 ? { large: true, progressive: 0 } : {};
    const line = { type: "line", symbol: "none", connectNulls: true };
    const series = [
      { name: "trial", type: "scatter", data: points, symbolSize: 5, itemStyle: { color: colours.faint, opacity: 0.8 }, cursor: "pointer", ...large },
      { ...line, name: `mean of ${data.mean_over}`, data: pairs(data.mean), lineStyle: { color: colours.series[1], width: 1.5 }, itemStyle: { color: colours.series[1] } },
      { ...line, name: "best so far", step: "end", data: pairs(data.best), lineStyle: { color: colours.series[0], width: 2.5 }, itemStyle: { color: colours.series[0] } },
    ];
    if (data.random) {
      const other = data.random.told.map((told, index) => [told, data.random.best[index]]);
      series.push({ ...line, name: "random search, best", step: "end", data: other, lineStyle: { color: colours.muted, width: 1.5, type: [6, 4] }, itemStyle: { color: colours.muted } });
    }
    // The worst tenth would press everything else against the upper edge: the axis follows the rest.
    const rewards = points.map((one) => one[1]).sort((a, b) => a - b);
    const body = rewards.slice(Math.floor(rewards.length * 0.05));
    const [low, high] = reach([...body, ...data.best, ...(data.random ? data.random.best : [])]);
    const last = data.told[data.told.length - 1];
    this.set(
      {
        grid: { left: 12, right: 18, top: 40, bottom: 30, containLabel: true },
        legend: { top: 0, left: 0, icon: "roundRect", itemWidth: 14, itemHeight: 4, itemGap: 18, textStyle: { color: colours.muted, fontSize: 13 } },
        tooltip: { ...tooltipStyle(colours), trigger: "item", formatter: (one) => this.#tip(one) },
        xAxis: { type: "value", name: "trials ended", nameLocation: "middle", nameGap: 28, min: 0, max: Math.max(last, 5), ...axisStyle(colours), splitLine: { show: false }, axisLabel: { ...axisStyle(colours).axisLabel, formatter: whole } },
        yAxis: { type: "value", min: low, max: high, ...axisStyle(colours), axisLabel: { ...axisStyle(colours).axisLabel, formatter: rough(this.write), showMinLabel: false, showMaxLabel: false } },
        series,
      },
      this.#sentence(),
    );
    this.echart.off("click");
    this.echart.on("click", (event) => {
      if (event.seriesName === "trial") location.assign(`/searches/${encodeURIComponent(this.name)}/trials/${event.value[2]}`);
    });
    const hidden = rewards.length && rewards[0] < low ? rewards.filter((one) => one < low).length : 0;
    const each = data.trials_a_point > 1 ? `best of every ${data.trials_a_point} trials` : "";
    this.note.textContent = [each, hidden ? `${hidden} lower ${hidden === 1 ? "one is" : "ones are"} below the edge` : ""].filter(Boolean).join("; ");
  }

  #tip(one) {
    if (one.seriesName === "trial") return `trial ${one.value[2]}\n${this.write(one.value[1])}\nended as number ${whole(one.value[0])}`;
    return `${one.seriesName}\n${this.write(one.value[1])} after ${whole(one.value[0])}`;
  }

  #sentence() {
    const { told, best, random } = this.data;
    const now = best[best.length - 1];
    const other = random && random.best.length ? ` Random search came to ${this.write(random.best[random.best.length - 1])} in ${whole(random.told[random.told.length - 1])}.` : "";
    return `Best reward after ${whole(told[told.length - 1])} trials: ${this.write(now)}.${other} The table below has the curve.`;
  }

  #table() {
    const data = this.data;
    const rows = sample(data.told.length, ROWS).map((index) => [whole(data.told[index]), this.write(data.reward[index]), this.write(data.mean[index]), this.write(data.best[index])]);
    return [["trials ended", "reward", `mean of ${data.mean_over}`, "best so far"], ...rows];
  }
}
