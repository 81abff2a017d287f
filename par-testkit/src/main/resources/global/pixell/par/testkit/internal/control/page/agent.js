// The agent of `dev`: its state, its last package, and where the time of its boot went.

import { code, copyable, facts, fill, h, nothing } from "./dom.js";
import { data, on } from "./store.js";
import { count, counted, duration, size } from "./text.js";

const STATES = {
  packing: { tone: "busy", text: "packing" },
  starting: { tone: "busy", text: "starting" },
  ready: { tone: "good", text: "ready" },
  stopping: { tone: "busy", text: "stopping" },
  ended: { tone: "bad", text: "ended" },
  not_packed: { tone: "bad", text: "not packed" },
};

/** The one that people open most comes first. */
const PORTS = ["REST_PORT", "UI_PORT", "A2A_PORT", "HEALTH_PORT"];

export function stateOf(agent) {
  return STATES[agent?.state] ?? { tone: "quiet", text: agent?.state ?? "unknown" };
}

function stateCard(agent) {
  const { tone, text } = stateOf(agent);
  const ports = Object.entries(agent.ports ?? {}).sort(([a], [b]) => PORTS.indexOf(a) - PORTS.indexOf(b));
  return h(
    "section.card",
    { "aria-labelledby": "agent-state" },
    h("header.line", {}, h("h2", { id: "agent-state" }, "State"), h(`span.badge.${tone}`, {}, text)),
    agent.error && h("pre.problem", {}, agent.error),
    facts([
      ["Exit code", agent.exit_code ?? null],
      ["Process", agent.pid],
      ["Health", agent.health && [h(`span.badge.${agent.health.status === 200 ? "good" : "bad"}`, {}, agent.health.status)]],
      ...ports.map(([name, port]) => [name, portValue(name, port)]),
    ]),
    agent.health?.body &&
      h("details", {}, h("summary", {}, "What /health answers"), code(pretty(agent.health.body), "the health of the agent")),
  );
}

function portValue(name, port) {
  const address = `http://127.0.0.1:${Number(port)}${name === "HEALTH_PORT" ? "/health" : "/"}`;
  return name === "A2A_PORT" ? port : h("a", { href: address, target: "_blank", rel: "noreferrer" }, address);
}

function pretty(body) {
  if (typeof body !== "string") {
    return JSON.stringify(body, null, 2);
  }
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function packCard(pack) {
  return h(
    "section.card",
    { "aria-labelledby": "agent-pack" },
    h("h2", { id: "agent-pack" }, "Last pack"),
    pack
      ? [
          facts([
            ["Package", pack.id],
            ["SHA-256", copyable(pack.digest, "the digest")],
            ["Size", pack.bytes < 1000 ? size(pack.bytes) : `${size(pack.bytes)} (${count(pack.bytes)} bytes)`],
          ]),
          pack.warnings.length > 0 && [
            h("h3.section", {}, counted(pack.warnings.length, "warning")),
            h("ul.warnings", {}, pack.warnings.map((warning) => h("li", {}, warning))),
          ],
          pack.left_out.length > 0 &&
            h(
              "details",
              {},
              h("summary", {}, `${counted(pack.left_out.length, "path")} left out`),
              h("ul.plain", {}, pack.left_out.slice(0, 500).map((path) => h("li", {}, h("code", {}, path)))),
              pack.left_out.length > 500 && h("p.quiet", {}, `and ${count(pack.left_out.length - 500)} more`),
            ),
        ]
      : nothing("Nothing was packed yet."),
  );
}

/** Each phase as a bar that begins where the phase before it ended; the boot before as a thin bar below. */
export function timeline(boot, previous) {
  const rows = phases(boot, previous);
  const most = Math.max(total(boot), previous ? total(previous) : 0, 1);
  const bar = (kind, start, ms) => {
    const element = h(`span.${kind}`, {});
    element.style.left = `${(100 * start) / most}%`;
    element.style.width = `${(100 * ms) / most}%`;
    return element;
  };
  return h(
    "table.timeline",
    {},
    h("caption.offscreen", {}, "Boot timeline: each phase with its time, and the time in the boot before"),
    h("thead", {}, h("tr", {}, ["Phase", "Share of the boot"].map((text) => h("th", { scope: "col" }, text)), ["Time", ...(previous ? ["Before", "Change"] : [])].map((text) => h("th.number", { scope: "col" }, text)))),
    h(
      "tbody",
      {},
      rows.map((row) =>
        h(
          "tr",
          {},
          h("th", { scope: "row" }, row.name),
          h(
            "td.track",
            { "aria-hidden": "true" },
            row.ms !== null && bar("now", row.start, row.ms),
            row.before !== null && bar("before", row.startBefore, row.before),
          ),
          h("td.number", {}, row.ms === null ? "–" : duration(row.ms)),
          previous && [
            h("td.number", {}, row.before === null ? "–" : duration(row.before)),
            h("td.number", {}, row.before === null ? "" : change(row.ms, row.before)),
          ],
        ),
      ),
    ),
    h(
      "tfoot",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "row" }, "Total"),
        h("td.track", { "aria-hidden": "true" }, bar("now.all", 0, total(boot)), previous && bar("before", 0, total(previous))),
        h("td.number", {}, duration(total(boot))),
        previous && [
          h("td.number", {}, duration(total(previous))),
          h("td.number", {}, change(total(boot), total(previous))),
        ],
      ),
    ),
  );
}

const total = (boot) => boot.total_ms ?? boot.phases.reduce((sum, phase) => sum + phase.ms, 0);

function phases(boot, previous) {
  const starts = (phases) => {
    let at = 0;
    return new Map(
      phases.map(({ name, ms, at_ms: start = at }) => {
        at = start + ms;
        return [name, { start, ms }];
      }),
    );
  };
  const now = starts(boot.phases);
  const before = starts(previous?.phases ?? []);
  return [...new Set([...now.keys(), ...before.keys()])].map((name) => ({
    name: name.replace(/_ms$/, "").replaceAll("_", " "),
    start: now.get(name)?.start ?? 0,
    ms: now.get(name)?.ms ?? null,
    startBefore: before.get(name)?.start ?? 0,
    before: before.get(name)?.ms ?? null,
  }));
}

/** How much this boot gained or lost; nothing for what only noise explains. */
function change(ms, before) {
  const difference = (ms ?? 0) - before;
  const noticeable = Math.abs(difference) >= 5 && Math.abs(difference) > before * 0.1;
  return (
    noticeable &&
    h(`span.${difference > 0 ? "slower" : "faster"}`, {}, `${difference > 0 ? "+" : "−"}${duration(Math.abs(difference))}`)
  );
}

function bootCard({ boot, previous_boot: previous }) {
  return h(
    "section.card.wide",
    { "aria-labelledby": "agent-boot" },
    h(
      "header.line",
      {},
      h("h2", { id: "agent-boot" }, "Boot"),
      h("div.spring", {}),
      boot &&
        previous &&
        h("p.legend", { "aria-hidden": "true" }, h("span.now", {}), " this boot ", h("span.before", {}), " the boot before"),
    ),
    boot ? timeline(boot, previous) : nothing("No boot has become ready yet."),
  );
}

const element = h("div.columns", {});

on("agent", () => {
  // What somebody opened stays open.
  const open = [...element.querySelectorAll("details")].filter((d) => d.open).map((d) => d.parentNode.getAttribute("aria-labelledby"));
  fill(element, data.agent ? [stateCard(data.agent), packCard(data.agent.pack), bootCard(data.agent)] : nothing("There is no agent.", "par-testkit dev FOLDER runs one."));
  for (const details of element.querySelectorAll("details")) {
    details.open = open.includes(details.parentNode.getAttribute("aria-labelledby"));
  }
});

export const agent = {
  id: "agent",
  title: "Agent",
  element,
  topics: ["agent"],
  present: () => Boolean(data.status?.agent),
  badge: () => data.agent && { text: "", tone: stateOf(data.agent).tone, label: stateOf(data.agent).text, dot: true },
};
