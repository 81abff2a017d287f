// The log of the agent and of its launcher, as `par` writes it.

import { code, facts, h } from "./dom.js";
import { journalView } from "./journal.js";
import { data } from "./store.js";
import { counted, duration, oneLine, shortened, size, timeOfDay, visible } from "./text.js";

const OF_EVERY_LINE = new Set(["timestamp", "level", "event", "agent_app_id", "deployment_id", "seq", "origin", "stream"]);

const fromAgent = ({ line }) => line.origin === "agent";

/** An agent's line is its message; what the runtime says begins with the name of the event. */
function sentence(entry) {
  const { line } = entry;
  const rest = Object.entries(line).filter(([name]) => !OF_EVERY_LINE.has(name) && name !== "message");
  const named = rest.map(([name, value]) => `${name}=${plain(name, value)}`);
  const event = fromAgent(entry) && line.event === "Agent output" ? [] : [line.event];
  const message = line.message === undefined ? [] : [String(line.message)];
  return [...(fromAgent(entry) && message.length ? message : [...event, ...message]), ...named].join("  ");
}

function plain(name, value) {
  if (typeof value === "number" && name.endsWith("_ms")) {
    return duration(value);
  }
  if (typeof value === "number" && name === "bytes") {
    return size(value);
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function detail(entry) {
  const { line } = entry;
  const long = ["message", "error", "stack"].filter((name) => typeof line[name] === "string");
  return [
    long.map((name) => [h("h3.section", {}, name), code(line[name], `the ${name}`)]),
    line.hint && [h("h3.section", {}, "hint"), h("p.reason", {}, line.hint)],
    h("h3.section", {}, "Fields"),
    facts(
      Object.entries(line)
        .filter(([name]) => !long.includes(name) && name !== "hint")
        .map(([name, value]) => [name, h("span.breakable", {}, typeof value === "object" ? JSON.stringify(value) : value)]),
    ),
    h("h3.section", {}, "Line"),
    code(JSON.stringify(line, null, 2), "the line"),
  ];
}

const LEVELS = ["debug", "info", "warning", "error"];
const level = (name) => ({ label: name[0].toUpperCase() + name.slice(1), tone: name, test: (e) => e.level === name });

const view = journalView({
  name: "lines",
  noun: "line",
  label: "Log",
  placeholder: "Search: words, event:Agent*  level:error",
  fields: { event: (e) => e.line.event ?? "", level: (e) => e.level ?? "", origin: (e) => e.line.origin ?? "" },
  text: (entry) => JSON.stringify(entry.line),
  groups: [
    LEVELS.map(level),
    [
      { label: "Agent", title: "Lines that the agent wrote", test: fromAgent },
      { label: "PAR", title: "Lines of the runtime", test: (e) => !fromAgent(e) },
    ],
  ],
  columns: [
    { name: "time", title: "Time", text: (e) => timeOfDay(e.line.timestamp) },
    { name: "level", title: "Level", text: (e) => oneLine(e.level) },
    { name: "origin", title: "From", text: (e) => oneLine(e.line.origin) },
    { name: "message", title: "Line", text: (e) => shortened(oneLine(sentence(e)), 600) },
  ],
  tone: (e) => `${LEVELS.includes(e.level) ? `level-${e.level} ` : ""}${fromAgent(e) ? "from-agent" : "from-par"}`,
  title: (e) => visible(e.line.event ?? "Line"),
  detail,
  empty: () => [h("p.title", {}, "No lines yet."), h("p", {}, "The agent's output appears here when it starts.")],
});

/** Only of the agent that runs: what its predecessors had may be mended. */
function errorsSinceStart() {
  const { items } = data.lines;
  let errors = 0;
  for (let at = items.length - 1; at >= 0; at--) {
    const { level: severity, line } = items[at];
    errors += severity === "error" ? 1 : 0;
    if ((line.event === "Runtime starting" && line.origin === "par") || errors === 99) {
      break;
    }
  }
  return errors;
}

export const logs = {
  id: "log",
  title: "Log",
  ...view,
  present: () => Boolean(data.status?.agent),
  topics: ["lines"],
  badge: () => {
    const errors = errorsSinceStart();
    return errors ? { text: errors, tone: "bad", label: `${counted(errors, "error")} since the start` } : null;
  },
};
