// Numbers as the pages of the server write them (nas/report/formats.py, nas/web/pages/standing.py).

export const UNKNOWN = "-";
const NARROW_GAP = "\u202f";

/** "873", "12.3 k", "1.20 M" */
export function count(value) {
  if (value === null || value === undefined) return UNKNOWN;
  if (Math.abs(value) < 1000) return value.toFixed(0);
  const units = ["", " k", " M", " G", " T", " P"];
  let scaled = value / 1000;
  let unit = 1;
  while (Math.abs(scaled) >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const size = Math.abs(scaled);
  return scaled.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0) + units[unit];
}

/** "100 000" */
export function whole(value) {
  if (value === null || value === undefined) return UNKNOWN;
  return String(value).replace(/\B(?=(\d{3})+$)/g, NARROW_GAP);
}

export function percent(value, digits = 2) {
  return value === null || value === undefined ? UNKNOWN : `${(100 * value).toFixed(digits)} %`;
}

export function value(number) {
  return number === null || number === undefined ? UNKNOWN : number.toFixed(4);
}

/** "0.25 s", "7.3 s", "2 m 13 s", "1 h 5 m", "3 d 2 h" */
export function seconds(duration) {
  if (duration === null || duration === undefined) return UNKNOWN;
  if (duration < 59.95) return `${duration.toFixed(duration < 0.995 ? 2 : 1)} s`;
  const total = Math.round(duration);
  const minutes = Math.floor(total / 60);
  if (minutes < 60) return `${minutes} m ${total % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} m` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "just now", "12 s ago", "5 m ago", "3 h ago", "8 d ago" */
export function ago(duration) {
  if (duration < 5) return "just now";
  if (duration < 60) return `${Math.floor(duration)} s ago`;
  if (duration < 3600) return `${Math.floor(duration / 60)} m ago`;
  if (duration < 48 * 3600) return `${Math.floor(duration / 3600)} h ago`;
  return `${Math.floor(duration / 86400)} d ago`;
}

const milliseconds = (number) => (number >= 99.95 ? `${number.toFixed(0)} ms` : `${number.toPrecision(3)} ms`);

/** How each measure is called and written; rewards by what they measure. */
export const MEASURES = {
  reward: { name: "reward", write: value },
  validation_accuracy: { name: "validation accuracy", write: percent },
  parameters: { name: "parameters", write: count },
  multiply_adds: { name: "multiply-adds", write: count },
  train_seconds: { name: "training time", write: seconds },
  latency_ms: { name: "latency", write: (number) => (number === null ? UNKNOWN : milliseconds(number)) },
};

const OBJECTIVES = { accuracy: percent, params: count, macs: count, latency: MEASURES.latency_ms.write };

/** Returns how rewards are written that are values of `measure`, negated where less of it is better. */
export function rewards(measure, isNegated) {
  const write = OBJECTIVES[measure] || value;
  return (reward) => (reward === null || reward === undefined ? UNKNOWN : write(isNegated ? -reward : reward));
}

/** Returns a writer of the labels of an axis: percents without digits that say nothing. */
export const rough = (write) => (number) => write(number).replace(/\.(\d)\d* %/, ".$1 %").replace(/\.0 %/, " %");

/** Keeps `<time data-ago>` within `root` up to date. */
export function keepAges(root = document) {
  const write = () => {
    for (const time of root.querySelectorAll("time[data-ago]")) {
      const at = Date.parse(time.dateTime);
      if (!Number.isNaN(at)) time.textContent = ago(Math.max(0, (Date.now() - at) / 1000));
    }
  };
  write();
  setInterval(write, 5000);
}
