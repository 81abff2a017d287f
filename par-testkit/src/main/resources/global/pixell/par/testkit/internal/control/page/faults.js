// Faults as switches. The server forgets a fault that is switched off or used up; this page remembers it, so that it can
// be switched on again.

import { copy, fill, h, keep, kept, nothing, say, sayFailure, setText, switchButton } from "./dom.js";
import { ask, change, data, item, on, refresh } from "./store.js";
import { count } from "./text.js";

const MOST_REMEMBERED = 30;

/** What each word does, and an example of its value. The server's list of words decides which are offered. */
const WORDS = {
  "Errors of S3": {
    "slow-down": ["503 SlowDown, as a throttled prefix answers"],
    "internal-error": ["500 InternalError"],
    "unavailable=": ["503 with Retry-After, a duration", "3s"],
    "unavailable-millis=": ["503 with x-amz-retry-after-millis", "250"],
    "unavailable-until=": ["503 with Retry-After, a date", "2030-01-01T00:00:00Z"],
    "error=": ["any error: STATUS/CODE/MESSAGE", "503/SlowDown/Please reduce your request rate."],
  },
  "Refusals": {
    "access-denied": ["403 AccessDenied"],
    "kms-denied": ["403, no permission for the KMS key"],
    "expired-token": ["400 ExpiredToken"],
    "clock-skew": ["403 RequestTimeTooSkewed"],
    "wrong-region=": ["301, the bucket is in another region", "eu-west-1"],
  },
  "Connection": {
    "reset": ["the connection is reset before the answer"],
    "reset-at=": ["reset after this many bytes of the body", "1000"],
    "truncate-at=": ["the body ends too early, at this byte", "1000"],
    "stall": ["no answer comes"],
    "stall-at=": ["the body stops at this byte, for ever or BYTE/TIME", "1000/2s"],
    "slow-first-byte=": ["the answer comes late", "2s"],
    "drip=": ["BYTES/INTERVAL", "100/50ms"],
    "bandwidth=": ["bytes per second", "1MB"],
  },
  "Content": {
    "flip-byte-at=": ["one byte of the body is wrong", "17"],
    "wrong-checksum": ["the checksum header does not match the body"],
    "change-to=": ["the object is replaced by this file just before", "other.apkg"],
  },
};

let known = { words: Object.values(WORDS).flatMap(Object.keys), help: "" };

/** Faults that are off: the words to switch each on again, and whether it was used up. */
let remembered = kept("faults", []).filter((fault) => typeof fault?.spec === "string");
let before = [];

function remember(spec, used) {
  remembered = [...remembered.filter((fault) => fault.spec !== spec), { spec, used }].slice(-MOST_REMEMBERED);
  keep("faults", remembered);
}

function forget(spec) {
  remembered = remembered.filter((fault) => fault.spec !== spec);
  keep("faults", remembered);
}

async function switchOff(fault) {
  // Remembered first, because the server may report the removal before it answers.
  remember(fault.spec, false);
  if (await change("DELETE", item("faults", fault.id))) {
    say(`Off: ${fault.spec}`);
  }
  refresh("faults");
}

async function add(spec) {
  const added = await change("POST", "faults", { spec });
  if (added) {
    forget(spec);
    say(`On: ${spec}`);
  }
  refresh("faults");
  return added;
}

async function remove(fault) {
  await change("DELETE", item("faults", fault.id));
  before = before.filter((old) => old.id !== fault.id);
  refresh("faults");
}

async function removeAll() {
  before = [];
  remembered = [];
  keep("faults", remembered);
  if (await change("DELETE", "faults")) {
    say("All faults are removed.");
  }
  refresh("faults");
}

function left(fault) {
  const met = fault.met ? `, met ${count(fault.met)}×` : "";
  return (fault.remaining === null ? "always" : `${count(fault.remaining)} left`) + met;
}

function row(spec, isOn, state, toggle, drop) {
  return h(
    isOn ? "li.on" : "li",
    { "data-spec": spec },
    switchButton(`Fault ${spec}`, isOn, toggle),
    h("code.spec", {}, spec),
    h("span.left", {}, state),
    h("button.small", { type: "button", "aria-label": `Remove fault ${spec}`, onclick: drop }, "Remove"),
  );
}

const list = h("ul.faults", { "aria-label": "Faults" });

function draw() {
  // Focus must survive the drawing: a switch is often pressed twice.
  const focused = document.activeElement?.closest?.(".faults > li")?.dataset.spec;
  const present = data.faults.filter((fault) => fault.remaining !== 0);
  const off = remembered.filter((fault) => !present.some((other) => other.spec === fault.spec));
  fill(
    list,
    present.map((fault) => row(fault.spec, true, left(fault), () => switchOff(fault), () => remove(fault))),
    off.map((fault) =>
      row(
        fault.spec,
        false,
        fault.used ? "used up" : "off",
        () => add(fault.spec),
        () => {
          forget(fault.spec);
          draw();
        },
      ),
    ),
  );
  if (focused) {
    [...list.children].find((li) => li.dataset.spec === focused)?.querySelector("button").focus();
  }
  const none = present.length + off.length === 0;
  blank.hidden = !none;
  list.hidden = none;
  clear.hidden = none;
  drawCode();
}

on("faults", () => {
  const present = new Set(data.faults.filter((fault) => fault.remaining !== 0).map((fault) => fault.id));
  for (const fault of before) {
    if (!present.has(fault.id) && !remembered.some((other) => other.spec === fault.spec)) {
      remember(fault.spec, fault.remaining !== null);
    }
  }
  before = data.faults.filter((fault) => fault.remaining !== 0);
  draw();
});

const blank = nothing(
  "Nothing goes wrong.",
  "Add a fault, and the next requests meet it: a throttled bucket, a broken connection, a wrong byte.",
);
const clear = h("button", { type: "button", onclick: removeAll }, "Remove all");

// The form: fields that write the words of --fault, which may also be edited by hand.

const form = (() => {
  const target = h(
    "select",
    { id: "fault-target", onchange: write },
    [
      ["ANY", "Any request"],
      ["GET", "GetObject"],
      ["HEAD", "HeadObject"],
      ["PUT", "PutObject, UploadPart"],
      ["LIST", "Listings"],
    ].map(([value, text]) => h("option", { value }, text)),
  );
  const keys = h("datalist", { id: "fault-keys" });
  const key = h("input", {
    id: "fault-key",
    list: "fault-keys",
    placeholder: "acme/greeter/1.2.0/greeter.apkg",
    spellcheck: "false",
    autocomplete: "off",
    oninput: write,
    onfocus: complete,
  });
  const often = h(
    "select",
    { id: "fault-often", onchange: write },
    [
      ["1", "once"],
      ["2", "twice"],
      ["5", "5 times"],
      ["20", "20 times"],
      ["always", "always"],
    ].map(([value, text]) => h("option", { value }, text)),
  );
  const after = h("input", { id: "fault-after", type: "number", min: "0", max: "999999999", placeholder: "0", oninput: write });
  const what = h("select", { id: "fault-what", onchange: chosen });
  const value = h("input", { id: "fault-value", spellcheck: "false", autocomplete: "off", oninput: write });
  const valueField = field("Value", value);
  const spec = h("input.spec", { id: "fault-spec", spellcheck: "false", autocomplete: "off", "aria-describedby": "fault-says" });
  const says = h("p.quiet", { id: "fault-says" });
  const help = h("pre", { tabindex: "0", role: "region", "aria-label": "The words of a fault" });

  function field(label, control) {
    return h("div.field", {}, h("label", { for: control.id }, label), control);
  }

  /** Offers the keys that clients asked for lately. */
  function complete() {
    const seen = new Set();
    for (let at = data.requests.items.length - 1; at >= 0 && seen.size < 30; at--) {
      if (data.requests.items[at].key) {
        seen.add(data.requests.items[at].key);
      }
    }
    fill(keys);
    // Exactly the key, because this text is sent back.
    seen.forEach((text) => keys.append(Object.assign(document.createElement("option"), { value: text })));
  }

  function offer() {
    const chosenBefore = what.value;
    const described = new Set(Object.values(WORDS).flatMap(Object.keys));
    const groups = { ...WORDS, Others: Object.fromEntries(known.words.filter((w) => !described.has(w)).map((w) => [w, [""]])) };
    fill(
      what,
      Object.entries(groups).map(([group, words]) => {
        const offered = Object.keys(words).filter((word) => known.words.includes(word));
        return (
          offered.length > 0 &&
          h("optgroup", { label: group }, offered.map((word) => h("option", { value: word }, word.replace(/=$/, ""))))
        );
      }),
    );
    what.value = known.words.includes(chosenBefore) ? chosenBefore : "slow-down";
    setText(help, known.help);
    chosen();
  }

  function description() {
    return Object.values(WORDS).flatMap(Object.entries).find(([word]) => word === what.value)?.[1] ?? [""];
  }

  function chosen() {
    value.value = description()[1] ?? "";
    write();
  }

  function write() {
    const takesValue = what.value.endsWith("=");
    valueField.hidden = !takesValue;
    key.disabled = target.value === "ANY";
    const parts = [target.value];
    if (target.value !== "ANY") {
      parts.push(key.value);
    }
    if (Number(after.value) > 0) {
      parts.push(`after=${after.value}`);
    }
    if (often.value !== "1") {
      parts.push(often.value === "always" ? "always" : `${often.value}x`);
    }
    parts.push(what.value + (takesValue ? value.value : ""));
    spec.value = parts.join(":");
    setText(says, description()[0]);
  }

  const element = h(
    "form.card.add",
    {
      "aria-labelledby": "fault-form",
      onsubmit: async (event) => {
        event.preventDefault();
        if (target.value !== "ANY" && !key.value && spec.value.startsWith(`${target.value}::`)) {
          sayFailure({ message: "Which key?", hint: "Write one, or choose “Any request”." });
          key.focus();
        } else {
          await add(spec.value.trim());
        }
      },
    },
    h("h2", { id: "fault-form" }, "Add a fault"),
    h(
      "div.fields",
      {},
      field("Requests", target),
      field("Key or prefix", key),
      field("How often", often),
      field("After", after),
      field("What", what),
      valueField,
    ),
    h("div.field", {}, h("label", { for: "fault-spec" }, "The same as --fault"), h("div.joined", {}, spec, h("button.primary", {}, "Add"))),
    says,
    h("details", {}, h("summary", {}, "All words of --fault"), help),
    keys,
  );
  offer();

  return {
    element,
    offer,
    focus: () => (target.value === "ANY" ? target : key).focus(),
    prefill: (text) => {
      target.value = "GET";
      key.value = text;
      write();
    },
  };
})();

// The present faults as code.

const LANGUAGES = { junit: "JUnit", pytest: "pytest", shell: "Shell" };
const text = h("pre", { tabindex: "0", role: "region", "aria-label": "The present faults as code" });
let language = kept("language", "junit");
const languages = Object.entries(LANGUAGES).map(([name, label]) =>
  h("button.toggle", { type: "button", "data-language": name, onclick: () => choose(name) }, label),
);

function choose(name) {
  language = name;
  keep("language", name);
  drawCode();
}

async function drawCode() {
  languages.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.language === language)));
  panel.hidden = data.faults.length === 0;
  if (panel.hidden) {
    return;
  }
  try {
    setText(text, (await ask("GET", `code?as=${language}`)).trimEnd());
  } catch (error) {
    setText(text, error.message);
  }
}

async function copyCode() {
  try {
    await copy(await ask("GET", `code?as=${language}`), `the faults as ${LANGUAGES[language]}`);
  } catch (error) {
    sayFailure(error);
  }
}

const panel = h(
  "section.card",
  { "aria-labelledby": "as-code", hidden: true },
  h(
    "header.line",
    {},
    h("h2", { id: "as-code" }, "As code"),
    h("div.group", { role: "group", "aria-label": "Language" }, languages),
    h("div.spring", {}),
    h("button.primary", { type: "button", onclick: copyCode }, "Copy"),
  ),
  h("p.quiet", {}, "The present faults for a test or a shell."),
  text,
);

on("connection", async () => {
  if (data.connection.state === "connected") {
    try {
      known = await ask("GET", "faults/words");
      form.offer();
    } catch {
      // The built-in list stays.
    }
  }
});
draw();

export const faults = {
  id: "faults",
  title: "Faults",
  element: h(
    "div.columns",
    {},
    h(
      "section.card.wide",
      { "aria-labelledby": "faults-title" },
      h("header.line", {}, h("h2", { id: "faults-title" }, "Faults"), h("div.spring", {}), clear),
      h("p.quiet", {}, "They happen in this order, to the first requests that match. Off: remembered by this browser only."),
      blank,
      list,
    ),
    form.element,
    panel,
  ),
  topics: ["faults"],
  badge: () => {
    const present = data.faults.filter((fault) => fault.remaining !== 0).length;
    return present ? { text: present, tone: "warn", label: `${present} on` } : null;
  },
  /** The key `n`. */
  add: () => form.focus(),
  prefill: form.prefill,
};
