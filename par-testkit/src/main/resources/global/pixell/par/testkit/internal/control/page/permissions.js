// Permissions: what was denied and the statements that would allow it, grants that nothing used, and the policy itself.

import { copy, fill, h, nothing, say, setText, throttled } from "./dom.js";
import { verdict } from "./requests.js";
import { change, data, on, refresh } from "./store.js";
import { counted, oneLine } from "./text.js";

const kind = ({ action, resource }) => `${action}\n${resource}`;

/** One access of each kind that was denied, the latest first, with the number of times. */
function denials() {
  const found = new Map();
  for (const request of data.requests.items) {
    for (const access of request.accesses) {
      if (!access.allowed) {
        const name = kind(access);
        const times = (found.get(name)?.times ?? 0) + 1;
        found.delete(name);
        found.set(name, { access, times });
      }
    }
  }
  return [...found.values()].reverse();
}

/** The statements that would allow what was denied, each once. */
function missingStatements(found) {
  const texts = found.map(({ access }) => access.would_allow && JSON.stringify(access.would_allow.statement));
  return [...new Set(texts.filter(Boolean))].map((text) => JSON.parse(text));
}

const MOST = 50;
const opened = new Set();
const denied = h("div", {});

const drawDenied = throttled(500, () => {
  const found = denials();
  const statements = missingStatements(found);
  copyAll.hidden = statements.length === 0;
  copyAll.onclick = () =>
    copy(JSON.stringify({ Version: "2012-10-17", Statement: statements }, null, 2), counted(statements.length, "statement"));
  fill(
    denied,
    found.length === 0 && nothing("Nothing was denied.", "A request that the policy denies appears here with the statement that would allow it."),
    found
      .slice(0, MOST)
      .map(({ access, times }) =>
        h(
          "details.denial",
          {
            open: found.length === 1 || opened.has(kind(access)),
            ontoggle: ({ currentTarget }) => opened[currentTarget.open ? "add" : "delete"](kind(access)),
          },
          h(
            "summary",
            {},
            h("span.badge.bad", {}, access.action),
            " ",
            h("span.breakable", {}, oneLine(access.resource)),
            " ",
            h("span.quiet", {}, times > 1 ? `${times}×` : ""),
          ),
          h("div.access.denied", {}, verdict(access)),
        ),
      ),
    found.length > MOST && h("p.quiet", {}, `${found.length - MOST} more are among the requests; filter them by Denied.`),
  );
});

const copyAll = h("button", { type: "button", hidden: true }, "Copy all as a policy");

const grants = h("div", {});

/** `ACTION on RESOURCE with {CONDITIONS}`, as the server writes it, in three lines. */
function grantLines(text) {
  const [, action, rest] = text.match(/^(\S+) on (.*)$/s) ?? [null, text, ""];
  const at = rest.lastIndexOf(" with {");
  return [
    h("code", {}, action),
    rest && h("span.resource", {}, at < 0 ? rest : rest.slice(0, at)),
    at >= 0 && h("span.condition.quiet", {}, rest.slice(at + 1)),
  ];
}

function drawGrants() {
  const { policy, unused, missing, exact } = data.grants;
  const part = (title, entries, tone, explanation) =>
    entries.length > 0 && [
      h("h3.section", {}, title),
      h("p.quiet", {}, explanation),
      h("ul.grants", {}, entries.map((grant) => h(`li.${tone}`, {}, grantLines(grant)))),
    ];
  fill(
    grants,
    policy === null
      ? nothing("Full access.", "Without a policy nothing is denied. Enter one under Policy, or start with --policy FILE, to see which grants the requests use.")
      : [
          exact && h("p", {}, h("span.badge.good", {}, "exact"), " The requests used what the policy grants, and nothing else."),
          part("Missing", missing, "bad", "Requests asked for these, and the policy does not grant them."),
          part("Unused", unused, "warn", "No request needed these so far. What stays unused can go."),
        ],
  );
}

const editor = h("textarea.policy", {
  "aria-labelledby": "policy-title",
  rows: "14",
  spellcheck: "false",
  placeholder: "Full access. Paste a policy document, for instance iam/task-role-policy.json.",
  oninput: () => (edited = true),
});
let edited = false;

async function apply() {
  let policy;
  try {
    policy = JSON.parse(editor.value);
  } catch (error) {
    say(`The policy is not JSON: ${error.message}.`, true);
    return;
  }
  if (await change("PUT", "policy", policy)) {
    edited = false;
    say("The policy applies from the next request on.");
    refresh("policy", "grants");
  }
}

async function fullAccess() {
  if (await change("DELETE", "policy")) {
    edited = false;
    say("Full access from the next request on.");
    refresh("policy", "grants");
  }
}

on("requests", drawDenied);
on("grants", drawGrants);
on("policy", () => {
  if (!edited) {
    editor.value = data.policy ? JSON.stringify(data.policy, null, 2) : "";
  }
  setText(state, data.policy ? "Enforced for the default identity." : "The default identity may do everything.");
});

const state = h("p.quiet", {});
drawDenied();
drawGrants();

export const permissions = {
  id: "permissions",
  title: "Permissions",
  topics: ["grants"],
  element: h(
    "div.columns",
    {},
    h(
      "section.card.wide",
      { "aria-labelledby": "denied-title" },
      h("header.line", {}, h("h2", { id: "denied-title" }, "Denied"), h("div.spring", {}), copyAll),
      denied,
    ),
    h("section.card", { "aria-labelledby": "grants-title" }, h("h2", { id: "grants-title" }, "Grants"), grants),
    h(
      "section.card",
      { "aria-labelledby": "policy-title" },
      h("h2", { id: "policy-title" }, "Policy"),
      state,
      editor,
      h(
        "div.actions",
        {},
        h("button.primary", { type: "button", onclick: apply }, "Apply"),
        h("button", { type: "button", onclick: fullAccess }, "Full access"),
      ),
    ),
  ),
  badge: () => {
    const missing = data.grants.missing.length;
    return missing ? { text: missing, tone: "bad", label: `${counted(missing, "missing grant")}` } : null;
  },
};
