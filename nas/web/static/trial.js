// The page of a trial: its learning curve, what is asked about it, and what changes while it is in training.

import { ask } from "./ask.js";
import { follow } from "./live.js";
import { Refused, element, pause, send } from "./send.js";

const LOOK_MILLISECONDS = 2000;
const KINDS = ["started", "finished", "requeued"];
let trial = document.getElementById("trial");
const { search, number } = trial.dataset;
const api = `/api/v1/searches/${encodeURIComponent(search)}`;
let chart;

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const four = (value) => (value === null ? "-" : value.toFixed(4));
const percent = (value) => (value === null ? "-" : `${(100 * value).toFixed(1)} %`);

function line(name, index, epochs, read, axis) {
  const tint = color(`--series-${index}`);
  const data = epochs.map((one) => [one.epoch, read(one)]);
  return { name, type: "line", data, yAxisIndex: axis, symbolSize: 5, itemStyle: { color: tint }, lineStyle: { color: tint, width: 2 } };
}

function options(epochs, width) {
  const ink = color("--muted");
  const rule = color("--line");
  const axis = (name, position, more) => ({
    type: "value", name, position, scale: true, nameTextStyle: { color: ink }, axisLabel: { color: ink, ...more },
    splitLine: { show: position === "left", lineStyle: { color: rule } },
  });
  return {
    animation: false,
    textStyle: { fontFamily: "Plex, system-ui, sans-serif" },
    grid: { left: 48, right: 56, top: width < 420 ? 76 : 52, bottom: 40 }, // the legend takes two lines where it is narrow
    legend: { top: 0, textStyle: { color: ink } },
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => (value === null ? "-" : value.toFixed(4)) },
    xAxis: { type: "value", name: "epoch", nameLocation: "middle", nameGap: 26, minInterval: 1, min: 1, max: Math.max(2, epochs.length),
      nameTextStyle: { color: ink }, axisLabel: { color: ink }, axisLine: { lineStyle: { color: rule } }, splitLine: { show: false } },
    yAxis: [axis("loss", "left", {}), axis("accuracy", "right", { formatter: (value) => `${Math.round(100 * value)} %` })],
    series: [
      line("training loss", 2, epochs, (one) => one.train_loss, 0),
      line("validation loss", 3, epochs, (one) => one.validation_loss, 0),
      line("validation accuracy", 1, epochs, (one) => one.validation_accuracy, 1),
    ],
  };
}

function showTable(epochs) {
  const rows = epochs.map((one) => {
    const row = element("tr");
    row.append(element("th", one.epoch, { scope: "row", class: "num" }));
    for (const text of [four(one.train_loss), four(one.validation_loss), percent(one.validation_accuracy), `${one.seconds.toFixed(2)} s`]) {
      row.append(element("td", text, { class: "num" }));
    }
    return row;
  });
  document.getElementById("epochs").replaceChildren(...rows);
}

/** Shows the epochs so far; while they cannot be had, those of before stay. */
async function showCurve() {
  const epochs = await send("GET", `${api}/trials/${number}/epochs`).then(({ data }) => data, nothing);
  if (!epochs) return;
  const place = document.getElementById("curve");
  const isEmpty = epochs.length === 0;
  place.hidden = document.getElementById("curve-numbers").hidden = isEmpty;
  document.getElementById("no-curve").hidden = !isEmpty;
  if (isEmpty) return;
  if (!chart || chart.getDom() !== place) chart = window.echarts.init(place, null, { renderer: "svg" });
  chart.resize();
  chart.setOption(options(epochs, place.clientWidth));
  showTable(epochs);
}

/** What a refusal comes to where nobody has asked for anything: it is tried again. */
function nothing(error) {
  if (!(error instanceof Refused)) throw error;
  return null;
}

/** Takes the whole page anew from the server: the trial has begun, ended, or waits again. */
async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("trial");
  const focused = document.activeElement?.id;
  trial.replaceWith(fresh);
  trial = fresh;
  window.htmx.process(trial);
  attend();
  if (focused) document.getElementById(focused)?.focus();
  await showCurve();
}

function followTrial() {
  const hear = async (kind, data) => {
    if (KINDS.includes(kind) && data.number !== Number(number)) return;
    await renew();
    if (isOver()) end();
  };
  const end = follow(`${api}/stream`, [...KINDS, "gap", "back"], { any: hear }, trial.dataset.after);
}

const isOver = () => ["completed", "failed"].includes(trial.dataset.state);

async function watchEpochs() {
  while (!isOver()) {
    await pause(LOOK_MILLISECONDS);
    if (trial.dataset.state === "running" && !document.hidden) await showCurve();
  }
}

function attend() {
  const says = document.getElementById("trial-says");
  trial.querySelector("[data-retry]").addEventListener("click", (event) =>
    ask({ search, kind: "retry", arguments: { number: Number(number) }, says, button: event.currentTarget }));
  trial.querySelector("[data-export]").addEventListener("click", async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      const submission = await send("POST", `${api}/exports`, { number: Number(number) });
      location.assign(`/queue?submission=${submission.id}`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      says.dataset.kind = "bad";
      says.textContent = error.message;
      button.disabled = false;
    }
  });
}

attend();
await showCurve();
new ResizeObserver(() => chart?.resize()).observe(document.getElementById("content"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showCurve);
if (!isOver()) {
  followTrial();
  watchEpochs();
}
