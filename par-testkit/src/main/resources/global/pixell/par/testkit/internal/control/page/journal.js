// A journal as a view: a filter, a live list, and the details of one entry. Requests and the log are such views.

import { fill, h, kept, keep, setText, settled } from "./dom.js";
import { Feed } from "./feed.js";
import { changed, data, on } from "./store.js";
import { count, counted, filter } from "./text.js";

/**
 * @param options `name`: of the journal in `data`; `noun`; `label`; `placeholder` and `fields` of the filter;
 *     `text(item)`: everything that a filter may find; `groups`: arrays of toggles `{label, test(item)}`, of which one of
 *     each group must pass, if any is on; `columns` and `tone` as for a `Feed`; `title(item)` and `detail(item)`;
 *     `empty()`; `tools`: more buttons
 */
export function journalView(options) {
  const journal = () => data[options.name];
  const texts = new WeakMap();
  const textOf = (item) => {
    let text = texts.get(item);
    if (text === undefined) {
      text = options.text(item).toLowerCase();
      texts.set(item, text);
    }
    return text;
  };
  let passes = () => true;

  const input = h("input.filter", {
    type: "search",
    "aria-label": `Filter ${options.noun}s`,
    placeholder: options.placeholder,
    value: kept(`${options.name}.filter`, ""),
    spellcheck: "false",
    autocomplete: "off",
    oninput: settled(60, () => refilter()),
    onkeydown: (event) => {
      if (event.key === "ArrowDown" || event.key === "Enter") {
        event.preventDefault();
        feed.grid.focus();
      }
    },
  });
  const groups = options.groups.map((toggles) =>
    toggles.map((toggle) => ({
      ...toggle,
      button: h(
        `button.toggle${toggle.tone ? "." + toggle.tone : ""}`,
        {
          type: "button",
          "aria-pressed": "false",
          title: toggle.title,
          onclick: ({ currentTarget: button }) => {
            button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
            refilter();
          },
        },
        toggle.label,
      ),
    })),
  );
  const follow = h(
    "button.toggle.follow",
    { type: "button", title: "Stay at the newest (f)", onclick: () => feed.follow(!feed.following) & shown() },
    "Follow",
  );
  const summary = h("p.summary", {});
  const announced = h("p.offscreen", { role: "status" });

  const feed = new Feed({
    ...options,
    followed: () => shown(),
    select: (item, opened) => {
      if (item && (opened || !detail.hidden)) {
        open(item, opened);
      }
      shown();
    },
    empty: () =>
      journal().items.length
        ? [
            h("p.title", {}, `No ${options.noun} matches the filter.`),
            h("button", { type: "button", onclick: clear }, "Clear the filter"),
          ]
        : options.empty(),
  });

  const title = h("h2", { tabindex: "-1" });
  const content = h("div.content", {});
  const detail = h(
    "aside.detail",
    {
      hidden: true,
      "aria-label": `Details of the ${options.noun}`,
      onkeydown: (event) => {
        if (event.key === "Escape") {
          event.stopPropagation();
          close();
        }
      },
    },
    h(
      "header",
      {},
      title,
      h("button.small", { type: "button", "aria-label": "Previous", title: "Previous (k)", onclick: () => step(-1) }, "↑"),
      h("button.small", { type: "button", "aria-label": "Next", title: "Next (j)", onclick: () => step(1) }, "↓"),
      h("button.small", { type: "button", "aria-label": "Close details", title: "Close (Esc)", onclick: close }, "✕"),
    ),
    content,
  );

  const element = h(
    "div.journal",
    {},
    h("div.bar", {}, input, groups.map((group) => h("div.group", { role: "group", "aria-label": "Show only" }, group.map((t) => t.button))), h("div.spring", {}), summary, follow, options.tools),
    h("div.split", {}, feed.element, detail),
    announced,
  );

  function step(by) {
    const target = feed.at(feed.indexOfSelected + by);
    if (target) {
      feed.select(target, false);
    }
  }

  function open(item, focus) {
    setText(title, options.title(item));
    fill(content, options.detail(item));
    detail.hidden = false;
    content.scrollTop = 0;
    if (focus) {
      title.focus({ preventScroll: true });
    }
    feed.draw();
  }

  function close() {
    if (!detail.hidden) {
      detail.hidden = true;
      feed.grid.focus();
      feed.draw();
    }
  }

  function clear() {
    input.value = "";
    groups.flat().forEach((t) => t.button.setAttribute("aria-pressed", "false"));
    refilter();
    input.focus();
  }

  const announce = settled(800, () => setText(announced, summary.textContent));

  function refilter() {
    keep(`${options.name}.filter`, input.value);
    const words = filter(input.value, options.fields, textOf);
    const chosen = groups
      .map((group) => group.filter((t) => t.button.getAttribute("aria-pressed") === "true"))
      .filter((group) => group.length);
    passes = (item) => chosen.every((group) => group.some((t) => t.test(item))) && words(item);
    rebuild();
    announce();
  }

  function rebuild() {
    feed.show(journal().items.filter(passes));
    shown();
  }

  function shown() {
    const all = journal().items.length;
    const older = journal().dropped ? `, ${count(journal().dropped)} older ones left out` : "";
    setText(
      summary,
      (feed.length === all ? counted(all, options.noun) : `${count(feed.length)} of ${counted(all, options.noun)}`) + older,
    );
    follow.setAttribute("aria-pressed", String(feed.following));
    changed(`${options.name}.shown`);
  }

  on(options.name, (news) => {
    if (news.cleared) {
      close();
      feed.follow();
    }
    if (news.cleared || news.rewritten) {
      rebuild();
      const current = feed.selected;
      if (current && !detail.hidden) {
        open(current, false);
      }
    } else {
      feed.append(news.appended.filter(passes));
      shown();
    }
  });
  refilter();

  return {
    element,
    feed,
    focusFilter: () => {
      input.focus();
      input.select();
    },
    /** Shows only what a filter finds. */
    filterBy: (text) => {
      groups.flat().forEach((t) => t.button.setAttribute("aria-pressed", "false"));
      input.value = text;
      refilter();
    },
    follow: () => follow.click(),
    close,
    shown: () => feed.draw(),
  };
}
