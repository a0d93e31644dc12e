// Parts of a page that are asked for again: what somebody looks at in them stays where it is, and failures are said.

const SHOWN_MS = 8000;

const marks = new Map();

/** Remembers how far tables in `target` are scrolled and which details are open; their order tells them apart. */
function remember(target) {
  const scrolled = [...target.querySelectorAll(".table-wrap")].map((one) => [one.scrollTop, one.scrollLeft]);
  const open = [...target.querySelectorAll("details")].map((one) => one.open);
  marks.set(target.id, { scrolled, open });
}

function restore(target) {
  const mark = marks.get(target.id);
  if (!mark) return;
  marks.delete(target.id);
  target.querySelectorAll("details").forEach((one, at) => {
    if (mark.open[at] !== undefined) one.open = mark.open[at];
  });
  target.querySelectorAll(".table-wrap").forEach((one, at) => {
    if (mark.scrolled[at]) [one.scrollTop, one.scrollLeft] = mark.scrolled[at];
  });
}

/** Says something for some seconds, to be read and to be heard. */
export function toast(words) {
  const said = document.createElement("p");
  said.textContent = words;
  const place = document.getElementById("toasts");
  place.replaceChildren(said);
  setTimeout(() => said.remove(), SHOWN_MS);
}

/** Attends to all parts that htmx asks for; those with an id in `kept` keep their places through a refresh. */
export function attend(kept = []) {
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (kept.includes(detail.target.id)) remember(detail.target);
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => kept.includes(detail.target.id) && restore(detail.target));
  document.addEventListener("htmx:sendError", () => toast("The server does not answer. Is nas dashboard still running?"));
  document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    if (xhr.status === 401) location.reload();
    else toast(reason(xhr));
  });
}

function reason(xhr) {
  const isProblem = (xhr.getResponseHeader("Content-Type") || "").includes("json");
  const problem = isProblem ? JSON.parse(xhr.responseText) : {};
  return problem.detail || problem.title || `The server answered ${xhr.status}.`;
}
