// Requests to the API, and what it answers, in one place: JSON out, JSON or a problem (RFC 9457) back.

export class Refused extends Error {
  /** What the API refused: its status, a sentence, and the problems of single fields. */
  constructor(status, problem) {
    const problems = Array.isArray(problem.errors) ? problem.errors : [];
    const each = problems.map(({ path, message }) => `${path.split(".").pop()}: ${message}`).join("; ");
    super(each || problem.detail || problem.title || `the server answered ${status}`);
    this.status = status;
    this.problems = problems;
  }
}

/** Sends a request and returns the JSON of its answer; throws `Refused`, also where no server answers. */
export async function send(method, address, body) {
  const options = { method, headers: { Accept: "application/json" }, credentials: "same-origin" };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  let answer;
  try {
    answer = await fetch(address, options);
  } catch {
    throw new Refused(0, { detail: "The server does not answer. Is nas dashboard still running?" });
  }
  const isJson = (answer.headers.get("Content-Type") || "").includes("json");
  const content = isJson ? await answer.json() : {};
  if (!answer.ok) throw new Refused(answer.status, content);
  return content;
}

/** Returns after so many milliseconds. */
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Returns an element with text; nothing that is passed is ever read as HTML. */
export function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
