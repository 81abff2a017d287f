// The server itself: its clock, its network, its buckets, and a way back to the beginning.

import { copyButton, facts, fill, h, say, setText, switchButton } from "./dom.js";
import { change, data, on, refresh } from "./store.js";
import { count, duration, size } from "./text.js";

// The clock.

const now = h("p.clock", { role: "timer", "aria-label": "Time of the server" });
const drift = h("p.quiet", {});
const frozen = h("span", {});
const by = h("input", { id: "clock-by", placeholder: "90s, 5m, 36h", spellcheck: "false", autocomplete: "off" });

async function setClock(body, sentence) {
  if (await change("PATCH", "clock", body)) {
    say(sentence);
  }
  refresh("clock");
}

const advance = (time) => setClock({ advance: time }, `The clock moved by ${time}.`);

function tick() {
  if (data.clock && !document.hidden) {
    const passed = data.clock.frozen ? 0 : performance.now() - data.clock.read;
    const time = new Date(Date.parse(data.clock.now) + passed);
    setText(now, Number.isNaN(time.getTime()) ? data.clock.now : time.toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC"));
  }
}

on("clock", () => {
  const { offset_ms: offset, frozen: stopped } = data.clock;
  setText(
    drift,
    Math.abs(offset) < 1000 ? "As this machine's clock." : `${duration(1000 * Math.round(Math.abs(offset) / 1000))} ${offset > 0 ? "ahead of" : "behind"} this machine's clock.`,
  );
  redrawSwitch(frozen, "Freeze the clock", stopped, () =>
    setClock({ freeze: !stopped }, stopped ? "The clock runs." : "The clock stands still; waits end when it is moved."),
  );
  tick();
});
setInterval(tick, 250);

/** Draws a switch again without taking the focus from it. */
function redrawSwitch(place, label, on, toggle) {
  const focused = place.contains(document.activeElement);
  fill(place, switchButton(label, on, toggle));
  if (focused) {
    place.firstChild.focus();
  }
}

const clockCard = h(
  "section.card",
  { "aria-labelledby": "clock-title" },
  h("h2", { id: "clock-title" }, "Clock"),
  now,
  drift,
  h("div.setting", {}, frozen, h("span", { "aria-hidden": "true" }, "Freeze")),
  h(
    "div.actions",
    {},
    ["1m", "15m", "1h", "24h"].map((time) => h("button", { type: "button", "aria-label": `+${time}: advance the clock`, onclick: () => advance(time) }, `+${time}`)),
  ),
  h(
    "form.field",
    {
      onsubmit: (event) => {
        event.preventDefault();
        advance(by.value.trim());
      },
    },
    h("label", { for: "clock-by" }, "Move by"),
    h("div.joined", {}, by, h("button", {}, "Move")),
  ),
  h("p.quiet", {}, "Signatures, expiry, waits of faults and Date headers follow this clock."),
);

// The network.

const connected = h("span", {});
const latency = h("input", { id: "network-latency", placeholder: "50ms", spellcheck: "false", autocomplete: "off" });
const bandwidth = h("input", { id: "network-bandwidth", placeholder: "90MB", spellcheck: "false", autocomplete: "off" });
const present = h("p.quiet", {});

async function setNetwork(body, sentence) {
  const worked = await change("PATCH", "network", body);
  if (worked) {
    say(sentence);
  }
  refresh("network");
  return worked;
}

on("network", () => {
  const { latency_ms: ms, bytes_per_second: rate, connected: up } = data.network;
  setText(present, `${ms ? `${duration(ms)} before each answer` : "No latency"}; ${rate ? `${size(rate)}/s for each connection` : "no limit of bandwidth"}.`);
  redrawSwitch(connected, "Connected", up, () =>
    setNetwork({ connected: !up }, up ? "S3 is disconnected: its clients cannot reach it." : "S3 is connected."),
  );
});

const networkCard = h(
  "section.card",
  { "aria-labelledby": "network-title" },
  h("h2", { id: "network-title" }, "Network"),
  h("div.setting", {}, connected, h("span", { "aria-hidden": "true" }, "Connected")),
  h(
    "form",
    {
      onsubmit: async (event) => {
        event.preventDefault();
        const body = { latency: latency.value.trim() || "0ms", bandwidth: bandwidth.value.trim() || "0" };
        await setNetwork(body, "The network is set.");
      },
    },
    h(
      "div.fields",
      {},
      h("div.field", {}, h("label", { for: "network-latency" }, "Latency"), latency),
      h("div.field", {}, h("label", { for: "network-bandwidth" }, "Bandwidth, bytes/s"), bandwidth),
    ),
    h("div.actions", {}, h("button.primary", {}, "Set"), h("span.quiet", {}, "Empty: none.")),
  ),
  present,
);

// Buckets, the address, and reset.

const buckets = h("div", {});

on("buckets", () => {
  fill(
    buckets,
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ["Bucket", "Region", "Versions"].map((text) => h("th", { scope: "col" }, text)), ["Objects", "Size"].map((text) => h("th.number", { scope: "col" }, text)))),
      h(
        "tbody",
        {},
        data.buckets.map((bucket) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, bucket.name),
            h("td", {}, bucket.region),
            h("td", {}, bucket.versioning),
            h("td.number", {}, count(bucket.objects)),
            h("td.number", {}, size(bucket.bytes)),
          ),
        ),
      ),
    ),
    data.buckets.length === 0 && h("p.quiet", {}, "No buckets yet."),
  );
});

const address = h("div", {});

on("status", () => {
  const { endpoint, region, environment, version, directory, pid } = data.status;
  const exports = Object.entries(environment ?? {}).map(([name, value]) => `export ${name}=${value}`);
  fill(
    address,
    facts([
      ["Endpoint", endpoint],
      ["Region", region],
      ["Data", directory ?? "in memory"],
      ["Process", pid],
      ["Version", version],
    ]),
    exports.length > 0 && h("div.actions", {}, copyButton(() => exports.join("\n") + "\n", "export lines", "Copy export lines")),
  );
});

const RESETS = ["objects", "requests", "faults", "clock", "network", "stubs"];
const chosen = RESETS.map((name) => {
  const box = h("input", { type: "checkbox", id: `reset-${name}`, value: name });
  box.checked = name !== "objects";
  return box;
});

async function reset(event) {
  event.preventDefault();
  const what = chosen.filter((box) => box.checked && !box.closest("label").hidden).map((box) => box.value);
  if (what.length === 0) {
    say("Nothing is chosen.", true);
  } else if (await change("POST", "reset", { what })) {
    say(`Reset: ${what.join(", ")}.`);
    refresh("faults", "clock", "network", "buckets", "grants");
  }
}

const stubsChoice = chosen[RESETS.indexOf("stubs")];

const resetCard = h(
  "form.card",
  { "aria-labelledby": "reset-title", onsubmit: reset },
  h("h2", { id: "reset-title" }, "Reset"),
  h("div.checks", {}, chosen.map((box) => h("label", {}, box, ` ${box.value}`))),
  h("div.actions", {}, h("button", {}, "Reset what is chosen")),
  h("p.quiet", {}, "Identities and policies stay. Objects are deleted for good."),
);

on("status", () => {
  stubsChoice.closest("label").hidden = !data.status.stubs;
});

export const server = {
  id: "server",
  title: "Server",
  topics: ["clock", "network"],
  element: h(
    "div.columns",
    {},
    clockCard,
    networkCard,
    h("section.card.wide", { "aria-labelledby": "buckets-title" }, h("h2", { id: "buckets-title" }, "Buckets"), buckets),
    h("section.card", { "aria-labelledby": "address-title" }, h("h2", { id: "address-title" }, "Address"), address),
    resetCard,
  ),
  badge: () => {
    const unusual = [
      data.network && !data.network.connected && "disconnected",
      data.network && (data.network.latency_ms || data.network.bytes_per_second) && "slow",
      data.clock && (data.clock.frozen || Math.abs(data.clock.offset_ms) >= 1000) && "clock moved",
    ].filter(Boolean);
    return unusual.length ? { text: "", tone: "warn", label: unusual.join(", "), dot: true } : null;
  },
};
