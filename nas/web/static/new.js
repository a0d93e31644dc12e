// The form for a new search: what was typed as a configuration, and what is wrong with it at its fields.

import { asNumber } from "./numbers.js";
import { Refused, element, send } from "./send.js";

const form = document.getElementById("new-search");
const summary = document.getElementById("problems");
const spaceField = form.querySelector('[data-path="space.name"] select');

const READ = {
  integer: asNumber,
  number: asNumber,
  choice: (text) => text,
  boolean: (text) => text === "yes",
  text: (text) => text,
  list: (text) => text.split(",").map((part) => part.trim()).filter(Boolean),
  pair: (text) => text.split(/[x, ]+/).filter(Boolean).map(asNumber),
  settings: asSettings,
};

/** Returns {population: 30} for "population = 30"; a line that is no setting stays whole, so that the server names it. */
function asSettings(text) {
  const settings = {};
  for (const line of text.split("\n").map((one) => one.trim()).filter(Boolean)) {
    const [key, ...rest] = line.split("=");
    const value = rest.join("=").trim().replace(/^(["'])(.*)\1$/, "$2");
    settings[key.trim()] = value === "true" || value === "false" ? value === "true" : asNumber(value);
  }
  return settings;
}

const inputOf = (field) => field.querySelector("input, select, textarea");
const fieldsInUse = () => [...form.querySelectorAll(".field")].filter((field) => !field.closest("fieldset[disabled]"));

/** Puts a value where its path says: {"budget": {"trials": 20}}. */
function put(configuration, path, value) {
  const keys = path.split(".");
  const last = keys.pop();
  let table = configuration;
  for (const key of keys) table = table[key] ??= {};
  table[last] = value;
}

function configuration() {
  const typed = {};
  for (const field of fieldsInUse()) {
    const text = inputOf(field).value.trim();
    if (text === "") continue;
    const isNumber = field.dataset.kind === "choice" && /^\d+$/.test(text);
    put(typed, field.dataset.path, isNumber ? Number(text) : READ[field.dataset.kind](text));
  }
  return typed;
}

function showSpace() {
  const chosen = spaceField.value || "cell";
  for (const fieldset of form.querySelectorAll("[data-space]")) {
    fieldset.hidden = fieldset.disabled = fieldset.dataset.space !== chosen;
  }
}

function clearProblems() {
  summary.hidden = true;
  summary.replaceChildren();
  for (const field of form.querySelectorAll(".field")) {
    field.querySelector(".problem").hidden = true;
    inputOf(field).removeAttribute("aria-invalid");
  }
}

/** Returns the field that a problem is about: that of its path, or of the longest beginning of it. */
function fieldOf(path) {
  const keys = path.split(".").filter((key) => key !== "configuration" && key !== "body");
  for (let length = keys.length; length > 0; length -= 1) {
    const wanted = keys.slice(0, length).join(".");
    const found = fieldsInUse().find((field) => field.dataset.path === wanted);
    if (found) return found;
  }
  return undefined;
}

/** Shows each problem at its field, and all of them above the form, each a link to its field. */
function showProblems(refused) {
  const list = element("ul");
  for (const problem of refused.problems) {
    const field = fieldOf(problem.path);
    if (field) showAtField(field, problem.message);
    const item = element("li");
    const text = `${problem.path.replace(/^body\.configuration\./, "")}: ${problem.message}`;
    item.append(field ? element("a", text, { href: `#${inputOf(field).id}` }) : text);
    list.append(item);
  }
  summary.replaceChildren(element("p", refused.problems.length ? "This cannot be searched yet:" : refused.message));
  if (refused.problems.length) summary.append(list);
  summary.hidden = false;
  summary.focus();
}

function showAtField(field, message) {
  const place = field.querySelector(".problem");
  place.textContent = place.hidden ? message : `${place.textContent}; ${message}`;
  place.hidden = false;
  inputOf(field).setAttribute("aria-invalid", "true");
  const folded = field.closest("details");
  if (folded) folded.open = true;
}

/** Returns a problem for each field that cannot be left open and is. */
function missing() {
  const open = fieldsInUse().filter((field) => field.querySelector("[aria-required]")?.value.trim() === "");
  return open.map((field) => ({ path: field.dataset.path, message: "expected something here, got nothing" }));
}

async function submit(event) {
  event.preventDefault();
  clearProblems();
  if (missing().length) {
    showProblems(new Refused(422, { errors: missing() }));
    return;
  }
  const button = form.querySelector("button[type=submit]");
  const sending = document.getElementById("sending");
  button.disabled = true;
  sending.textContent = "Checking…";
  try {
    const submission = await send("POST", "/api/v1/searches", { configuration: configuration() });
    location.assign(`/queue?submission=${encodeURIComponent(submission.id)}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    showProblems(error);
  } finally {
    button.disabled = false;
    sending.textContent = "";
  }
}

spaceField.addEventListener("change", showSpace);
form.addEventListener("submit", submit);
summary.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link) return;
  event.preventDefault();
  document.getElementById(link.hash.slice(1)).focus();
});
showSpace();
