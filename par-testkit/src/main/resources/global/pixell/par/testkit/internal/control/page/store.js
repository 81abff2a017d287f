// The data of the page, and the connection to the server: JSON over HTTP for questions and changes, server-sent events
// for what happens. Views listen to topics and draw what changed.

import { sayFailure, throttled } from "./dom.js";

export const MOST_REQUESTS = 50_000;
export const MOST_LINES = 100_000;
const PAGE = 2_000;

/** The latest entries of a journal, oldest first. */
export class Journal {
  #most;

  constructor(most) {
    this.#most = most;
    this.clear();
  }

  clear() {
    this.items = [];
    this.dropped = 0;
    this.last = 0;
  }

  /**
   * Adds entries. One that is known replaces its older self, because answers may overlap.
   *
   * @return the entries that stand at the end now, and whether others have changed
   */
  add(entries) {
    const appended = [];
    let rewritten = false;
    for (const entry of entries) {
      if (entry.id > this.last) {
        this.last = entry.id;
        this.items.push(entry);
        appended.push(entry);
      } else {
        this.#insert(entry);
        rewritten = true;
      }
    }
    // Dropping a tenth at once is cheaper than one entry at a time.
    if (this.items.length > this.#most * 1.1) {
      const surplus = this.items.length - this.#most;
      this.items.splice(0, surplus);
      this.dropped += surplus;
      rewritten = true;
    }
    return { appended, rewritten };
  }

  /** A request that takes long is reported after younger ones. */
  #insert(entry) {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.items[middle].id < entry.id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    this.items.splice(low, this.items[low]?.id === entry.id ? 1 : 0, entry);
  }
}

export const data = {
  connection: { state: "connecting" },
  status: null,
  requests: new Journal(MOST_REQUESTS),
  lines: new Journal(MOST_LINES),
  faults: [],
  grants: { policy: null, unused: [], missing: [] },
  policy: null,
  clock: null,
  network: null,
  buckets: [],
  agent: null,
  stubs: null,
};

const listeners = new Map();

/** Calls a function whenever a topic changes; a topic is a name in `data`. */
export function on(topic, listener) {
  listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
}

export function changed(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) {
    listener(detail);
  }
}

/** An answer other than success, with the server's own sentence and remedy. */
class Refusal extends Error {
  constructor(status, message, hint) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

/** Asks the server. Answers the JSON, the text, or null when there is none. */
export async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refusal(0, "The server does not answer.", "Is it still running?");
  }
  const json = response.headers.get("Content-Type")?.includes("json");
  const content = response.status === 204 ? null : json ? await response.json() : await response.text();
  if (!response.ok) {
    throw new Refusal(response.status, content?.error ?? `The server answered ${response.status}.`, content?.hint);
  }
  return content;
}

/** Changes something on the server, and says why when that fails. Answers whether it worked. */
export async function change(method, path, body) {
  try {
    await ask(method, path, body);
    return true;
  } catch (error) {
    sayFailure(error);
    return false;
  }
}

/** The path of one item of a collection. */
export function item(collection, id) {
  return `${collection}/${encodeURIComponent(id)}`;
}

/** How each part of the data is read. One that this server does not have (404) stays as it is. */
const PARTS = {
  status: async () => (data.status = await ask("GET", "status")),
  faults: async () => (data.faults = (await ask("GET", "faults")).faults),
  grants: async () => (data.grants = await ask("GET", "grants")),
  policy: async () => (data.policy = (await ask("GET", "policy")).policy),
  clock: async () => (data.clock = { ...(await ask("GET", "clock")), read: performance.now() }),
  network: async () => (data.network = await ask("GET", "network")),
  buckets: async () => (data.buckets = (await ask("GET", "buckets")).buckets),
  agent: async () => (data.agent = await ask("GET", "agent")),
  stubs: async () => (data.stubs = await ask("GET", "stubs")),
};

async function load(part) {
  try {
    await PARTS[part]();
  } catch (error) {
    if (error.status !== 404) {
      throw error;
    }
  }
  changed(part);
}

const soon = Object.fromEntries(
  Object.keys(PARTS).map((part) => [
    part,
    // What was missed while there is no connection is asked for after it is back.
    throttled(part === "grants" || part === "buckets" ? 2000 : 300, () => load(part).catch(() => {})),
  ]),
);

/** Asks for some parts of the data again, soon. */
export function refresh(...parts) {
  parts.forEach((part) => soon[part]());
}

/** What is asked again after an event; requests and lines of the log come with the event itself. */
const AFTER = {
  request: ["grants", "buckets"],
  fault: ["faults"],
  buckets: ["buckets"],
  agent: ["agent", "status"],
  clock: ["clock"],
  network: ["network"],
  stubs: ["stubs"],
  policy: ["policy", "grants"],
};

const arrived = { requests: [], lines: [] };
let reloading = 0;

/** Collects what arrives, so that a thousand requests a second cost twenty drawings a second. */
function receive(journal, entry) {
  arrived[journal].push(entry);
  deliver();
}

const deliver = throttled(50, () => {
  // What arrives while older entries are being read must not overtake them.
  if (reloading) {
    return;
  }
  for (const name of Object.keys(arrived)) {
    if (arrived[name].length) {
      changed(name, data[name].add(arrived[name].splice(0)));
    }
  }
});

let source = null;
let retry = 0;
let delay = 0;

function connection(state, detail = {}) {
  data.connection = { state, ...detail };
  changed("connection");
}

/** Connects now, also when the next attempt is due later. */
export function connect() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource("events");
  source.onopen = opened;
  source.onerror = lost;
  for (const [name, parts] of Object.entries(AFTER)) {
    source.addEventListener(name, () => refresh(...parts));
  }
  source.addEventListener("request", (event) => receive("requests", JSON.parse(event.data)));
  source.addEventListener("log", (event) => receive("lines", JSON.parse(event.data)));
  source.addEventListener("reset", (event) => reload(JSON.parse(event.data).what.includes("requests")).catch(lost));
  source.addEventListener("dropped", () => reload(true).catch(lost));
}

async function opened() {
  try {
    const before = data.status;
    await load("status");
    const restarted = before !== null && (before.pid !== data.status.pid || before.started !== data.status.started);
    await reload(before === null || restarted);
    delay = 0;
    connection("connected", { restarted });
  } catch {
    lost();
  }
}

function lost() {
  source?.close();
  clearTimeout(retry);
  delay = Math.min(5000, delay ? delay * 2 : 250);
  connection("disconnected", { until: performance.now() + delay });
  retry = setTimeout(connect, delay);
}

/** Asks for everything: from the beginning, or only what came since. */
async function reload(fromBeginning) {
  reloading++;
  try {
    await loadAll(fromBeginning);
  } finally {
    reloading--;
    deliver();
  }
}

async function loadAll(fromBeginning) {
  if (fromBeginning) {
    for (const journal of ["requests", "lines"]) {
      arrived[journal].length = 0;
      data[journal].clear();
      changed(journal, { cleared: true });
    }
  }
  const parts = Object.keys(PARTS).filter(
    (part) => part !== "status" && (part !== "agent" || data.status.agent) && (part !== "stubs" || data.status.stubs),
  );
  await Promise.all([
    ...parts.map(load),
    readAll("requests", "requests"),
    data.status.agent ? readAll("agent/logs", "lines") : null,
  ]);
}

async function readAll(path, name) {
  const journal = data[name];
  for (;;) {
    const since = journal.last;
    const answer = await ask("GET", `${path}?since=${since}&limit=${PAGE}`);
    const entries = answer[name];
    changed(name, journal.add(entries));
    if (entries.length < PAGE || journal.last === since) {
      return;
    }
  }
}

/** Waits no longer than this when somebody looks at the page again. */
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && data.connection.state === "disconnected") {
    connect();
  }
});
