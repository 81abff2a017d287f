// The stubs of the HTTP APIs that the agent calls, and the calls that no stub answered.

import { copyable, facts, fill, h, nothing } from "./dom.js";
import { change, data, on, refresh } from "./store.js";
import { count, counted, visible } from "./text.js";

const content = h("div", {});

function missText(miss) {
  return typeof miss === "string" ? miss : JSON.stringify(miss, null, 2);
}

on("stubs", () => {
  const stubs = data.stubs;
  if (!stubs) {
    fill(content, nothing("No stubs are served.", "Start with --stubs FOLDER: WireMock's mapping files answer what the agent calls."));
    return;
  }
  fill(
    content,
    facts([
      ["Address", copyable(stubs.url, "the address")],
      ["Mappings", count(stubs.mappings)],
    ]),
    h("h3.section", {}, "Calls that no stub answered"),
    stubs.unmatched.length === 0
      ? h("p.quiet", {}, "None. Each call so far had a stub.")
      : h(
          "ul.plain",
          {},
          stubs.unmatched
            .slice(-100)
            .reverse()
            .map((call) =>
              h(
                "li.unmatched",
                {},
                h("p", {}, h("span.badge.bad", {}, call.method), " ", h("code.breakable", {}, call.url)),
                call.near_misses.length > 0 &&
                  h(
                    "details",
                    {},
                    h("summary", {}, counted(call.near_misses.length, "near miss").replace(/misss$/, "misses")),
                    call.near_misses.map((miss) => h("pre", { tabindex: "0" }, visible(missText(miss)))),
                  ),
              ),
            ),
        ),
  );
});

async function forget() {
  await change("DELETE", "stubs/requests");
  refresh("stubs");
}

export const stubs = {
  id: "stubs",
  title: "Stubs",
  topics: ["stubs"],
  present: () => Boolean(data.status?.stubs),
  element: h(
    "div.columns",
    {},
    h(
      "section.card.wide",
      { "aria-labelledby": "stubs-title" },
      h(
        "header.line",
        {},
        h("h2", { id: "stubs-title" }, "Stubs"),
        h("div.spring", {}),
        h("button", { type: "button", onclick: forget }, "Forget the calls"),
      ),
      content,
    ),
  ),
  badge: () => {
    const unmatched = data.stubs?.unmatched.length ?? 0;
    return unmatched ? { text: unmatched, tone: "bad", label: `${counted(unmatched, "call")} without a stub` } : null;
  },
};
