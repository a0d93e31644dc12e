// Following a stream of server-sent events, through lost connections, sleep and hidden tabs.

const WORDS = { live: "live", reconnecting: "reconnecting", away: "database away", paused: "paused" };
const LONGEST_WAIT = 30000;

/** Shows in the masthead how the connection is. */
function show(link) {
  const pulse = document.getElementById("pulse");
  if (!pulse || pulse.dataset.link === link) return;
  pulse.hidden = false;
  pulse.dataset.link = link;
  pulse.textContent = WORDS[link];
}

function beat() {
  const pulse = document.getElementById("pulse");
  if (!pulse) return;
  pulse.classList.remove("beat");
  requestAnimationFrame(() => pulse.classList.add("beat"));
}

/**
 * Follows `address` from event `after` on; `hear[kind](data)` is called for each event of that kind, `hear.any` for all.
 *
 * A browser gives one host six connections in all, and a stream keeps one: a hidden page lets go of it, and goes on
 * behind the last event that it has heard when it is looked at again. Returns a function that ends it for good.
 */
export function follow(address, kinds, hear, after = null) {
  let source = null;
  let last = after;
  let failures = 0;
  let timer = null;
  let isOver = false;

  function open() {
    timer = null;
    if (isOver || source || document.hidden) return;
    source = new EventSource(last === null ? address : `${address}?after=${encodeURIComponent(last)}`);
    source.addEventListener("open", () => {
      failures = 0;
      show("live");
    });
    source.addEventListener("error", () => {
      show("reconnecting");
      if (source && source.readyState === EventSource.CLOSED) again();
    });
    source.addEventListener("away", () => show("away"));
    source.addEventListener("back", () => show("live"));
    for (const kind of kinds) source.addEventListener(kind, (event) => take(kind, event));
  }

  function take(kind, event) {
    if (event.lastEventId) last = event.lastEventId;
    if (kind !== "away") show("live");
    beat();
    const data = event.data ? JSON.parse(event.data) : {};
    if (hear[kind]) hear[kind](data);
    if (hear.any) hear.any(kind, data, event.lastEventId);
  }

  function close() {
    if (source) source.close();
    source = null;
    clearTimeout(timer);
  }

  function again() {
    close();
    failures += 1;
    timer = setTimeout(open, Math.min(LONGEST_WAIT, 500 * 2 ** failures));
  }

  document.addEventListener("visibilitychange", () => {
    if (isOver) return;
    if (document.hidden) {
      close();
      show("paused");
    } else open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => event.persisted && open());
  open();
  return () => {
    isOver = true;
    close();
    const pulse = document.getElementById("pulse");
    if (pulse) pulse.hidden = true;
  };
}

/**
 * Returns a function that asks for `work`: done while `element` is in sight, at most every `least` milliseconds,
 * and never twice at once. What is asked for out of sight is done when it comes into sight.
 */
export function whenSeen(element, work, least) {
  let isSeen = false;
  let isWanted = false;
  let isBusy = false;
  let doneAt = -Infinity;
  let timer = null;

  async function attend() {
    if (!isSeen || !isWanted || isBusy || timer || document.hidden) return;
    const wait = doneAt + least - performance.now();
    if (wait > 0) {
      timer = setTimeout(() => {
        timer = null;
        attend();
      }, wait);
      return;
    }
    isWanted = false;
    isBusy = true;
    try {
      await work();
    } finally {
      isBusy = false;
      doneAt = performance.now();
    }
    attend();
  }

  new IntersectionObserver(
    (entries) => {
      isSeen = entries[entries.length - 1].isIntersecting;
      attend();
    },
    { rootMargin: "200px" },
  ).observe(element);
  document.addEventListener("visibilitychange", attend);
  return () => {
    isWanted = true;
    attend();
  };
}
