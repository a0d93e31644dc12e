// Something is asked of the driver of a search, and its answer waited for. What is said goes into a live region.

import { Refused, element, pause, send } from "./send.js";

const LOOK_MILLISECONDS = 1000;
const PATIENCE = 90;

const WORDS = {
  pause: () => "to start no new trials",
  resume: () => "to go on",
  stop: () => "to stop",
  workers: ({ count }) => `for ${count} workers`,
  budget: ({ trials, time }) => `for a budget of ${[trials != null ? `${trials} trials` : "", time != null ? `${time} s` : ""].filter(Boolean).join(" and ") || "no limit"}`,
  add: () => "to try this architecture",
  retry: ({ number }) => `to try trial ${number} again`,
};

/** Shows what came of it; a trial that came of it is a link. */
function showAnswer(says, asked, answer, search) {
  if (answer === null) {
    says.dataset.kind = "hold";
    says.textContent = `${asked} The driver has not answered yet; the audit will say.`;
    return;
  }
  says.dataset.kind = /^(refused|not heard)/.test(answer) ? "bad" : "good";
  const [, number, rest] = answer.match(/^trial (\d+)( .*)$/s) ?? [];
  const trial = number && element("a", `trial ${number}`, { href: `/searches/${encodeURIComponent(search)}/trials/${number}` });
  says.replaceChildren(`${asked} The driver: `, ...(trial ? [trial, rest] : [answer]));
}

/** Asks, and returns the command with its answer; null where it was refused or nobody answered. */
export async function ask({ search, kind, arguments: given, says, button }) {
  const address = `/api/v1/searches/${encodeURIComponent(search)}/commands`;
  if (button) button.disabled = true;
  says.dataset.kind = "";
  try {
    let command = await send("POST", address, { kind, arguments: given });
    says.textContent = `Asked ${WORDS[kind](given)}; waiting for the driver…`;
    for (let look = 0; command.answer === null && look < PATIENCE; look += 1) {
      await pause(LOOK_MILLISECONDS);
      command = await send("GET", `${address}/${command.id}`);
    }
    showAnswer(says, `Asked ${WORDS[kind](given)}.`, command.answer, search);
    return command;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    says.dataset.kind = "bad";
    says.textContent = error.message;
    return null;
  } finally {
    if (button) button.disabled = false;
  }
}
