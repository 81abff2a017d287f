// The page: its areas, its header, and the keys.

import { agent } from "./agent.js";
import { listen, showHelp } from "./dialogs.js";
import { copy, fill, h, keep, kept, setText } from "./dom.js";
import { faults } from "./faults.js";
import { logs } from "./logs.js";
import { permissions } from "./permissions.js";
import { requests } from "./requests.js";
import { server } from "./server.js";
import { connect, data, on } from "./store.js";
import { stubs } from "./stubs.js";

const AREAS = [requests, faults, permissions, agent, logs, stubs, server];
const main = document.getElementById("main");
const nav = document.getElementById("areas");

const isPresent = (area) => area.present?.() ?? true;
let current = requests;

for (const area of AREAS) {
  area.link = h("a", { href: `#${area.id}` }, h("span", {}, area.title), (area.mark = h("span.mark", { hidden: true })));
  area.listItem = h("li", {}, area.link);
  nav.append(area.listItem);
  area.section = h("section.area", { id: `area-${area.id}`, "aria-label": area.title, hidden: true }, area.element);
  main.append(area.section);
  for (const topic of area.topics) {
    on(topic, () => drawMark(area));
  }
}

/** The number or dot beside the title of an area. */
function drawMark(area) {
  const badge = area.badge();
  area.mark.hidden = !badge;
  if (badge) {
    setText(area.mark, badge.dot ? "" : String(badge.text));
    area.mark.className = `mark ${badge.tone}${badge.dot ? " dot" : ""}`;
    area.mark.title = badge.label;
  }
  area.link.setAttribute("aria-label", badge ? `${area.title}: ${badge.label}` : area.title);
}

function go(area, focus = false) {
  current = area;
  for (const other of AREAS) {
    other.section.hidden = other !== area;
    if (other === area) {
      other.link.setAttribute("aria-current", "page");
      other.link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else {
      other.link.removeAttribute("aria-current");
    }
  }
  document.title = `${area.title} · PAR testkit`;
  if (location.hash !== `#${area.id}`) {
    history.replaceState(null, "", `#${area.id}`);
  }
  area.shown?.();
  if (focus) {
    area.link.focus();
  }
}

function route() {
  go(AREAS.find((area) => `#${area.id}` === location.hash) ?? current);
}

addEventListener("hashchange", route);

// The hash names the area, so the link must not change it.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});

on("status", () => {
  for (const area of AREAS) {
    area.listItem.hidden = !isPresent(area);
  }
  if (isPresent(current)) {
    current.link.scrollIntoView({ block: "nearest", inline: "nearest" });
  } else {
    go(requests);
  }
  const { endpoint } = data.status;
  setText(address, endpoint.replace(/^http:\/\//, ""));
  address.hidden = false;
  address.onclick = () => copy(endpoint, "the endpoint");
});

const address = document.getElementById("endpoint");
const connection = document.getElementById("connection");
const banner = document.getElementById("banner");
let wasConnected = false;

on("connection", () => {
  const { state, restarted } = data.connection;
  const text = { connected: "Live", connecting: "Connecting…", disconnected: "Disconnected" }[state];
  setText(connection, text);
  connection.className = `connection ${state}`;
  document.body.classList.toggle("stale", state === "disconnected");
  if (state === "connected") {
    fill(banner, wasConnected && banner.firstChild ? (restarted ? "Connected again; the server has restarted." : "Connected again.") : null);
    banner.className = "banner good";
    setTimeout(() => data.connection.state === "connected" && fill(banner), 4000);
    wasConnected = true;
  } else if (state === "disconnected" && !banner.classList.contains("bad")) {
    banner.className = "banner bad";
    fill(
      banner,
      "Disconnected, trying again: the server does not answer. What you see is from before. ",
      h("button", { type: "button", onclick: connect }, "Try now"),
    );
  }
});

// The theme: as the system has it, unless somebody chose.

const themes = ["system", "light", "dark"];
const theme = document.getElementById("theme");

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  setText(theme, { system: "◐", light: "☀", dark: "☾" }[name]);
  theme.setAttribute("aria-label", `Colours: ${name}`);
  theme.title = `Colours: ${name} (t)`;
  keep("theme", name);
}

function nextTheme() {
  setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length]);
}

theme.addEventListener("click", nextTheme);
setTheme(themes.includes(kept("theme", "system")) ? kept("theme", "system") : "system");
document.getElementById("help").addEventListener("click", showHelp);

const present = () => AREAS.filter(isPresent);

listen([
  { key: "?", does: "this list", run: showHelp },
  ...AREAS.map((area, index) => ({
    key: String(index + 1),
    does: area.title,
    run: () => isPresent(area) && go(area, true),
  })),
  { key: "[", does: "the area before", run: () => step(-1) },
  { key: "]", does: "the next area", run: () => step(1) },
  {
    key: "/",
    does: "filter requests or search the log",
    run: () => {
      if (!current.focusFilter) {
        go(requests);
      }
      current.focusFilter();
    },
  },
  { key: "f", does: "stay at the newest row", run: () => current.follow?.() },
  {
    key: "n",
    does: "add a fault",
    run: () => {
      const key = current === requests ? requests.feed.selected?.key : null;
      go(faults);
      if (key) {
        faults.prefill(key);
      }
      faults.add();
    },
  },
  { key: "t", does: "light or dark", run: nextTheme },
]);

function step(by) {
  const areas = present();
  go(areas[(areas.indexOf(current) + by + areas.length) % areas.length], true);
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    current.close?.();
  }
});

route();
connect();
