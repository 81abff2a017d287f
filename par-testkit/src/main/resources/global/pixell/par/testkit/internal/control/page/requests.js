// Requests as they come, and why one was denied.

import { code, copyable, facts, h, setText } from "./dom.js";
import { journalView } from "./journal.js";
import { change, data } from "./store.js";
import { duration, oneLine, shortened, size, timeOfDay, visible } from "./text.js";

const denied = (request) => request.accesses.find((access) => !access.allowed);
const broken = (request) => request.status === 0 && request.duration_ms !== null;
const failed = (request) => request.status >= 400 || broken(request);
const nameOf = (request) => request.key || request.prefix || "";
const address = (request) => [request.bucket, nameOf(request)].filter(Boolean).join("/");

/** What to know at a glance beside the status. */
function note(request) {
  if (request.fault) {
    return `fault: ${request.fault}`;
  }
  const access = denied(request);
  return access ? `denied: ${access.action}` : request.error || request.range;
}

/** The bucket gives way to the key where there is little room, because most requests are for the same bucket. */
function drawAddress(cell, request) {
  const bucket = oneLine(request.bucket) + (nameOf(request) ? "/" : "");
  const key = shortened(oneLine(nameOf(request)));
  if (cell.childElementCount === 0) {
    cell.append(h("span.bucket"), h("span.key"));
  }
  setText(cell.firstChild, bucket);
  setText(cell.lastChild, key);
}

function tone(request) {
  return request.fault ? "fault" : denied(request) ? "denied" : failed(request) ? "error" : "";
}

/** Without a status, the connection ended before one was sent, or none has been sent yet. */
function status(request) {
  return request.status ? String(request.status) : broken(request) ? "cut" : "…";
}

function took(request) {
  return Number.isFinite(request.duration_ms) ? duration(request.duration_ms) : "";
}

/** A policy statement as JSON, whether the server sent text or an object. */
export function statementText(statement) {
  return typeof statement === "string" ? statement : JSON.stringify(statement, null, 2);
}

/** One permission that a request needed, with the verdict and, for a denial, the way out. */
function accessCard(access) {
  return h(
    `section.access.${access.allowed ? "allowed" : "denied"}`,
    {},
    h(
      "h4",
      {},
      h(`span.badge.${access.allowed ? "good" : "bad"}`, {}, access.allowed ? "allowed" : "denied"),
      ` ${access.action}`,
    ),
    h("p.resource", {}, access.resource),
    verdict(access),
  );
}

/** Why an access was allowed or denied, and the statement that would allow a denied one. */
export function verdict(access) {
  const remedy = access.would_allow;
  return [
    h("p.reason", {}, access.reason),
    access.statements.map((statement) => [
      h("p.label", {}, `Decided by ${statementName(statement)}:`),
      code(statementText(statement.json), "the deciding statement"),
    ]),
    !access.allowed && !access.statements.length && h("p.label", {}, "No statement decided: what no policy allows is denied."),
    remedy && [
      h("p.label", {}, `This statement in the ${remedy.attach_to} policy allows it:`),
      code(statementText(remedy.statement), "the statement that allows it"),
    ],
  ];
}

function statementName({ policy, sid, index }) {
  return `${policy || "the policy"}, ${sid ? `statement ${sid}` : `statement ${index}`}`;
}

function permissions(request) {
  const accesses = [...request.accesses].sort((a, b) => Number(a.allowed) - Number(b.allowed));
  return [
    h("h3.section", {}, "Permissions"),
    accesses.length ? accesses.map(accessCard) : h("p.quiet", {}, "The request ended before the policies were asked."),
  ];
}

/** A denial comes first, because it is what somebody opens the details for. */
function detail(request) {
  const isDenied = Boolean(denied(request));
  return [
    isDenied && permissions(request),
    isDenied && h("h3.section", {}, "Request"),
    facts([
      ["Operation", request.operation],
      ["Method", request.method],
      ["Bucket", request.bucket],
      ["Key", request.key && copyable(request.key, "the key")],
      ["Prefix", request.prefix],
      ["Range", request.range],
      ["Status", request.status ? [request.status, request.error].filter(Boolean).join(" ") : broken(request) ? "none: the connection was cut" : "not sent yet"],
      ["Fault", request.fault && h("span.badge.warn", {}, request.fault)],
      ["Sent", size(request.bytes)],
      ["Took", took(request)],
      ["Time", timeOfDay(request.time)],
      ["Caller", h("span.breakable", {}, request.principal)],
    ]),
    !isDenied && permissions(request),
  ];
}

const view = journalView({
  name: "requests",
  noun: "request",
  label: "Requests",
  placeholder: "Filter: words, op:Get  status:403  key:acme/*  fault:reset",
  fields: {
    op: (r) => r.operation,
    bucket: (r) => r.bucket,
    key: nameOf,
    status: (r) => String(r.status),
    fault: (r) => r.fault,
    method: (r) => r.method,
  },
  text: (r) =>
    [r.operation, r.method, address(r), r.status, r.error, r.range, r.fault, r.principal, ...r.accesses.map((a) => `${a.action} ${a.allowed ? "allowed" : "denied"} ${a.reason}`)].join(" "),
  groups: [
    [
      { label: "Denied", tone: "denied", test: (r) => Boolean(denied(r)) },
      { label: "Errors", tone: "error", title: "A status of 400 or more, or no answer", test: failed },
      { label: "Faults", tone: "fault", test: (r) => Boolean(r.fault) },
    ],
  ],
  columns: [
    { name: "time", title: "Time", text: (r) => timeOfDay(r.time) },
    { name: "operation", title: "Operation", text: (r) => oneLine(r.operation) },
    { name: "address", title: "Object", draw: drawAddress },
    { name: "status", title: "Status", text: status },
    { name: "size", title: "Sent", text: (r) => size(r.bytes) },
    { name: "duration", title: "Took", text: (r) => took(r) },
    { name: "note", title: "Note", text: (r) => shortened(oneLine(note(r))) },
  ],
  tone,
  title: (r) => `${visible(r.operation)} ${status(r)}`,
  detail,
  tools: h(
    "button",
    { type: "button", title: "Forget the requests so far", onclick: () => change("DELETE", "requests") },
    "Clear",
  ),
  empty: () => [
    h("p.title", {}, "No requests yet."),
    h("p", {}, "Point a client at this server; its requests appear here as they come."),
    data.status && code(`aws --endpoint-url ${data.status.endpoint} s3 ls`, "an example of a client"),
  ],
});

export const requests = {
  id: "requests",
  title: "Requests",
  ...view,
  topics: ["requests"],
  badge: () => {
    const latest = data.requests.items.slice(-1000).filter(denied).length;
    return latest ? { text: latest, tone: "bad", label: `${latest} of the latest requests were denied` } : null;
  },
};
