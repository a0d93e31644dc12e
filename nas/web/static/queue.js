// The queue: each line that is not over is asked for again until it is; what has not begun can be cancelled.

import { Refused, pause, send } from "./send.js";

const LOOK_MILLISECONDS = 1000;
const FINAL = ["ended", "cancelled"];
const says = document.getElementById("queue-says");
const table = document.getElementById("submissions");

/** Returns the line as the server renders it now; null while it does not answer. */
async function fresh(id, isFollowed) {
  const address = `/queue/${id}/row${isFollowed ? `?submission=${id}` : ""}`;
  const answer = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return null;
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  return holder.content.querySelector("tr");
}

/** Puts the line of now in place of the old one; the focus stays where it was. */
async function renew(row) {
  const isFollowed = row.getAttribute("aria-selected") === "true";
  const now = await fresh(row.dataset.id, isFollowed);
  if (!now || now.isEqualNode(row)) return row;
  const isFocused = row.contains(document.activeElement);
  if (isFollowed && now.querySelector(".search a") && !row.querySelector(".search a")) {
    says.replaceChildren("Search ", now.querySelector(".search a").cloneNode(true), " has begun.");
  }
  row.replaceWith(now);
  if (isFocused) (now.querySelector("button, a") ?? says).focus();
  return now;
}

async function follow(row) {
  while (!FINAL.includes(row.dataset.state)) {
    await pause(LOOK_MILLISECONDS);
    if (!document.hidden) row = await renew(document.getElementById(row.id));
  }
}

async function cancel(button) {
  const id = button.dataset.cancel;
  button.disabled = true;
  try {
    await send("DELETE", `/api/v1/submissions/${id}`);
    says.textContent = `Submission ${id} is cancelled.`;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    says.textContent = error.message;
  }
  await renew(document.getElementById(`submission-${id}`));
}

for (const row of table?.querySelectorAll("tbody tr") ?? []) follow(row);
table?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-cancel]");
  if (button) cancel(button);
});
