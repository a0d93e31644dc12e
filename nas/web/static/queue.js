// The queue: what is not over is asked for again, one submission a request, until it is; and cancelled on demand.

import { Refused, element, pause, send } from "./send.js";

const LOOK_MILLISECONDS = 1000;
const FINAL = ["ended", "cancelled"];
const says = document.getElementById("queue-says");
const rows = [...document.querySelectorAll("#submissions tbody tr")];

function show(row, submission) {
  row.dataset.state = submission.state;
  const badge = row.querySelector(".badge");
  const isFailed = submission.exit_code !== null && submission.exit_code !== 0;
  badge.dataset.state = isFailed ? "failed" : submission.state;
  badge.textContent = isFailed ? `${submission.state}, exit ${submission.exit_code}` : submission.state;
  row.querySelector(".message").textContent = submission.message;
  const took = (submission.ended_at ?? Date.now() / 1000) - (submission.started_at ?? NaN);
  if (Number.isFinite(took)) row.querySelector(".took").textContent = `${took.toFixed(1)} s`;
  if (submission.state !== "queued") row.querySelector(".act").replaceChildren();
}

/** Makes the search's name a link as soon as there is such a search. */
async function linkSearch(row) {
  const place = row.querySelector(".search");
  if (place.querySelector("a") || row.dataset.state === "queued") return;
  const found = await send("GET", `/api/v1/searches/?text=${encodeURIComponent(row.dataset.search)}`);
  if (!found.data.some((search) => search.name === row.dataset.search)) return;
  const link = element("a", row.dataset.search, { href: `/searches/${encodeURIComponent(row.dataset.search)}` });
  place.replaceChildren(link);
  if (row.getAttribute("aria-selected") === "true") says.replaceChildren("Search ", link.cloneNode(true), " has begun.");
}

async function follow(row) {
  while (!FINAL.includes(row.dataset.state)) {
    await pause(LOOK_MILLISECONDS);
    if (document.hidden) continue;
    try {
      show(row, await send("GET", `/api/v1/submissions/${row.dataset.id}`));
      await linkSearch(row);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      says.textContent = error.message;
    }
  }
}

async function cancel(row, button) {
  button.disabled = true;
  try {
    show(row, await send("DELETE", `/api/v1/submissions/${row.dataset.id}`));
    says.textContent = `Submission ${row.dataset.id} is cancelled.`;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    says.textContent = error.message;
    button.disabled = false;
  }
}

for (const row of rows) {
  row.querySelector("[data-cancel]")?.addEventListener("click", (event) => cancel(row, event.currentTarget));
  follow(row);
}
