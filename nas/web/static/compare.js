// Searches beside each other: the best so far of each, over the number of trials that have ended.

import { Refused, send } from "./send.js";

const place = document.getElementById("curves");
const problem = document.getElementById("curves-problem");
const names = [...document.querySelectorAll("#compared li")].map((item) => item.dataset.search);
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const TYPES = ["solid", "dashed", "dotted"];

function series(name, index, history) {
  const tint = color(`--series-${index + 1}`);
  const data = history.told.map((told, at) => [told, history.best[at]]).filter(([, best]) => best !== null);
  // Dashes tell the lines apart, too: two searches may lie on one another.
  const lineStyle = { color: tint, width: 2, type: TYPES[index % TYPES.length] };
  return { name, type: "line", step: "end", showSymbol: data.length < 2, data, itemStyle: { color: tint }, lineStyle };
}

function options(histories) {
  const ink = color("--muted");
  const rule = color("--line");
  const axis = { type: "value", nameTextStyle: { color: ink }, axisLabel: { color: ink }, axisLine: { lineStyle: { color: rule } } };
  return {
    animation: false,
    textStyle: { fontFamily: "Plex, system-ui, sans-serif" },
    grid: { left: 64, right: 24, top: 44, bottom: 44 },
    legend: { top: 0, textStyle: { color: ink } },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => (value == null ? "-" : value.toFixed(4)) },
    xAxis: { ...axis, name: "trials ended", nameLocation: "middle", nameGap: 28, minInterval: 1, splitLine: { show: false } },
    yAxis: { ...axis, name: "best reward", scale: true, splitLine: { lineStyle: { color: rule } } },
    series: histories.map((history, index) => series(names[index], index, history)),
  };
}

try {
  const addresses = names.map((name) => `/api/v1/searches/${encodeURIComponent(name)}/charts/history`);
  const histories = await Promise.all(addresses.map((address) => send("GET", address)));
  const chart = window.echarts.init(place, null, { renderer: "svg" });
  chart.setOption(options(histories));
  new ResizeObserver(() => chart.resize()).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.setOption(options(histories)));
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  problem.textContent = error.message;
}
