// What can be asked of a search, in #actions of its page: buttons from the server, answers of the driver, an editor.

import { ask } from "./ask.js";
import { asNumber } from "./numbers.js";
import { Refused, element, send } from "./send.js";

const AGAIN_MILLISECONDS = 3000;
const place = document.getElementById("actions");
const { search } = place.dataset;
const page = `/searches/${encodeURIComponent(search)}`;
const says = element("p", "", { class: "says", role: "status", id: "actions-say" });
const bar = element("div", "", { class: "actions" });

const numbersOf = (form) =>
  Object.fromEntries([...new FormData(form)].map(([name, text]) => [name, text.trim() === "" ? null : asNumber(text)]));

/** Returns the part of a page that the server renders at an address; its texts are escaped there. */
async function part(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html", "HX-Request": "true" }, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) throw new Refused(answer?.status ?? 0, { detail: "What can be asked cannot be had now; it is tried again." });
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  return holder.content;
}

/** Shows the buttons as things stand now; what somebody is typing is not taken away from them. */
async function showBar() {
  let content;
  try {
    content = await part(`${page}/actions`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (!bar.childElementCount) bar.textContent = error.message;
    setTimeout(showBar, AGAIN_MILLISECONDS);
    return;
  }
  if (bar.contains(document.activeElement) && document.activeElement.matches("input")) {
    document.activeElement.addEventListener("blur", () => setTimeout(showBar), { once: true });
    return;
  }
  const held = bar.contains(document.activeElement) ? document.activeElement.textContent : null;
  bar.replaceChildren(content);
  if (held) [...bar.querySelectorAll("button")].find((button) => button.textContent === held)?.focus();
}

function confirmed(question, yes) {
  const dialog = element("dialog", "", { "aria-labelledby": "question" });
  const buttons = element("form", "", { method: "dialog", class: "act" });
  buttons.append(element("button", yes, { value: "yes", class: "danger" }), element("button", "Keep it running", { value: "no", autofocus: "" }));
  dialog.append(element("h2", question, { id: "question" }), element("p", "Children in training are stopped; the search can be resumed later."), buttons);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

async function askOf(form, button) {
  const kind = form.dataset.ask;
  if (kind === "stop" && !(await confirmed(`Stop search ${search}?`, "Stop it"))) return;
  const command = await ask({ search, kind, arguments: numbersOf(form), says, button });
  if (command || !form.querySelector("input")) await showBar(); // what was refused stays, to be mended
  const count = bar.querySelector("#ask-count");
  if (kind === "workers" && count && says.dataset.kind === "good") count.value = command.arguments.count; // those to come are not counted yet
}

async function queue(form, button) {
  const given = form.dataset.queue === "exports" ? { number: null } : numbersOf(form);
  const said = Object.fromEntries(Object.entries(given).filter(([key, value]) => value !== null || key === "number"));
  button.disabled = true;
  try {
    const submission = await send("POST", `/api/v1${page}/${form.dataset.queue}`, said);
    location.assign(`/queue?submission=${submission.id}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    says.dataset.kind = "bad";
    says.textContent = error.message;
    button.disabled = false;
  }
}

const selects = (form) => [...form.querySelectorAll("select")];
const tokens = (form) => selects(form).map((select) => Number(select.value));

async function showPrice(form) {
  for (const select of selects(form)) select.closest(".field").classList.toggle("changed", select.value !== select.dataset.start);
  const chosen = tokens(form).join(".");
  const content = await part(`${page}/price?tokens=${chosen}`);
  if (tokens(form).join(".") === chosen) form.querySelector(".price").replaceChildren(content);
}

async function add(form, button) {
  const architecture = { space: form.dataset.space, tokens: tokens(form) };
  await ask({ search, kind: "add", arguments: { architecture }, says, button });
}

/** The editor is fetched when it is unfolded: a space has dozens of decisions. */
function editor() {
  const fold = element("details", "", { class: "hand", id: "hand" });
  const body = element("div");
  fold.append(element("summary", "Add an architecture by hand"), body);
  const from = new URLSearchParams(location.search).get("from");
  const begin = async () => {
    if (!fold.open || body.childElementCount) return;
    body.replaceChildren(await part(`${page}/hand${/^\d{1,15}$/.test(from ?? "") ? `?from=${from}` : ""}`));
    const form = body.querySelector("form");
    if (!form) return;
    form.addEventListener("change", () => showPrice(form));
    form.querySelector("[data-reset]").addEventListener("click", () => {
      for (const select of selects(form)) select.value = select.dataset.start;
      showPrice(form);
    });
    await showPrice(form);
  };
  fold.addEventListener("toggle", begin);
  fold.open = from !== null;
  return fold;
}

place.addEventListener("submit", (event) => {
  const form = event.target;
  event.preventDefault();
  const button = event.submitter;
  if ("ask" in form.dataset) askOf(form, button);
  else if ("queue" in form.dataset) queue(form, button);
  else if ("add" in form.dataset) add(form, button);
});
new MutationObserver(showBar).observe(place, { attributes: true, attributeFilter: ["data-state"] });
place.append(bar, says, editor());
await showBar();
