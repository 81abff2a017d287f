// Makes elements. Text reaches the document only as text nodes, never as markup.

import { visible } from "./text.js";

/**
 * Makes an element.
 *
 * @param name the tag, with classes as in CSS: `button.primary`
 * @param attributes `on…` are listeners; true sets an empty attribute; null, undefined and false leave it out
 * @param children elements, texts, or arrays of them; null, undefined and false are left out
 */
export function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) {
    element.className = classes.join(" ");
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), value);
    } else {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  add(element, children);
  return element;
}

function add(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child instanceof Node) {
      parent.append(child);
    } else if (child !== null && child !== undefined && child !== false) {
      parent.append(document.createTextNode(visible(child)));
    }
  }
}

/** Replaces what an element contains. */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

/** Sets a text only when it changed, so that screen readers and selections stay undisturbed. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** Calls a function soon, once for many calls, and at most once in the given time. */
export function throttled(ms, task) {
  let timer = 0;
  let last = -Infinity;
  return () => {
    if (!timer) {
      timer = setTimeout(
        () => {
          timer = 0;
          last = performance.now();
          task();
        },
        Math.max(0, last + ms - performance.now()),
      );
    }
  };
}

/** Calls a function when there were no more calls for the given time. */
export function settled(ms, task) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(task, ms);
  };
}

/** A value that this browser keeps between visits; the given one where it keeps nothing. */
export function kept(name, initial) {
  try {
    return JSON.parse(localStorage.getItem(`par.${name}`)) ?? initial;
  } catch {
    return initial;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(`par.${name}`, JSON.stringify(value));
  } catch {
    // A private window may keep nothing; the page works without.
  }
}

const toast = document.getElementById("toast");
let fading = 0;

/** Says in one sentence what an action did. Screen readers hear it too. */
export function say(sentence, problem = false) {
  clearTimeout(fading);
  toast.classList.toggle("problem", problem);
  toast.classList.add("shown");
  // The same sentence twice must be heard twice.
  toast.textContent = "";
  requestAnimationFrame(() => (toast.textContent = visible(sentence)));
  fading = setTimeout(() => toast.classList.remove("shown"), problem ? 9000 : 3500);
}

/** Says why an action failed. */
export function sayFailure(error) {
  say([error.message, error.hint].filter(Boolean).join(" "), true);
}

/** Copies a text, and says so. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text);
  }
  say(`Copied ${what}.`);
}

/** For a page that was opened from another host: browsers then have no `navigator.clipboard`. */
function copyBySelection(text) {
  const area = h("textarea", { "aria-hidden": "true", class: "offscreen" });
  area.value = text;
  const focused = document.activeElement;
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
  focused?.focus();
}

export function copyButton(text, what, label = "Copy") {
  return h("button.small", { type: "button", "aria-label": `Copy ${what}`, onclick: () => copy(text(), what) }, label);
}

/** A text that is often pasted elsewhere, with its own copy button. */
export function copyable(text, what) {
  return h("span.copyable", {}, h("code.breakable", {}, text), copyButton(() => text, what));
}

/** A JSON value, indented, with its own copy button. */
export function code(text, what) {
  return h(
    "div.code",
    {},
    h("pre", { tabindex: "0", role: "region", "aria-label": what }, text),
    copyButton(() => text, what),
  );
}

/** A switch: a button that a screen reader announces as on or off. */
export function switchButton(label, on, toggle) {
  return h(
    "button.switch",
    { type: "button", role: "switch", "aria-checked": String(on), "aria-label": label, onclick: toggle },
    h("span", { "aria-hidden": "true" }),
  );
}

/** Terms and their values; entries without a value are left out. */
export function facts(entries) {
  return h(
    "dl.facts",
    {},
    entries
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([term, value]) => h("div", {}, h("dt", {}, term), h("dd", {}, value))),
  );
}

/** What a view shows while it has nothing. */
export function nothing(title, ...more) {
  return h("div.nothing", {}, h("p.title", {}, title), more.map((text) => h("p", {}, text)));
}
