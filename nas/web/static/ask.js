// Something is asked of the driver of a search, and its answer waited for. What is said goes into a live region.

import { Refused, pause, send } from "./send.js";

const LOOK_MILLISECONDS = 500;
const PATIENCE = 120;

const WORDS = {
  pause: () => "to start no new trials",
  resume: () => "to go on",
  stop: () => "to stop",
  workers: ({ count }) => `for ${count} workers`,
  budget: ({ trials, time }) => `for a budget of ${[trials != null ? `${trials} trials` : "", time != null ? `${time} s` : ""].filter(Boolean).join(" and ") || "no limit"}`,
  add: () => "to try this architecture",
  retry: ({ number }) => `to try trial ${number} again`,
};

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
      command = await send("GET", `${address}/${command.command_id}`);
    }
    says.dataset.kind = command.answer === null ? "hold" : "good";
    says.textContent = command.answer === null
      ? "The driver has not answered yet. It hears of it as soon as it looks; the audit will say."
      : `Asked ${WORDS[kind](given)}. The driver: ${command.answer}`;
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
