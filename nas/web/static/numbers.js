// Numbers that people type.

/** Returns the number that a text spells, or else the text, so that the server says what it expected. */
export function asNumber(text) {
  const number = Number(text.replace(/_/g, ""));
  return text.trim() !== "" && Number.isFinite(number) ? number : text;
}
