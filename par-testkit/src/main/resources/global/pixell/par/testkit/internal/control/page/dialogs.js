// The list of shortcuts, and the shortcuts themselves.

import { h, keep, kept } from "./dom.js";

/** Single keys can be switched off, because they disturb people who speak to their computer. */
let enabled = kept("shortcuts", true);

const box = h("input", {
  type: "checkbox",
  id: "shortcuts-on",
  onchange: ({ currentTarget }) => {
    enabled = currentTarget.checked;
    keep("shortcuts", enabled);
  },
});

const body = h("dl.keys", {});
const dialog = h(
  "dialog",
  { "aria-labelledby": "help-title" },
  h(
    "header.line",
    {},
    h("h2", { id: "help-title" }, "Keyboard"),
    h("div.spring", {}),
    h("button.small", { type: "button", "aria-label": "Close help", onclick: () => dialog.close() }, "✕"),
  ),
  body,
  h("label.checks", {}, box, " Shortcuts of a single key"),
);
document.body.append(dialog);

export function showHelp() {
  if (!dialog.open) {
    box.checked = enabled;
    dialog.showModal();
  }
}

/**
 * Listens to single keys, outside fields of text.
 *
 * @param shortcuts `{key, does, run}`, in the order of the help
 */
export function listen(shortcuts) {
  const rows = [
    ...shortcuts,
    { key: "↑ ↓ j k", does: "choose a row of a list" },
    { key: "Enter", does: "open its details" },
    { key: "Esc", does: "close what is open" },
  ];
  for (const { key, does } of rows) {
    body.append(h("div", {}, h("dt", {}, key.split(" ").map((k) => h("kbd", {}, k))), h("dd", {}, does)));
  }
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key === "Escape" && typing) {
      typing.blur();
    }
    if (typing || event.ctrlKey || event.altKey || event.metaKey || dialog.open) {
      return;
    }
    const shortcut = shortcuts.find(({ key }) => key === event.key);
    if (shortcut && (enabled || event.key === "?")) {
      event.preventDefault();
      shortcut.run();
    }
  });
}
