// A long list of which only the visible rows are in the document. It follows its end, like a terminal, until somebody
// scrolls up or selects a row.

import { fill, h, setText } from "./dom.js";
import { count } from "./text.js";

const ROW = 28;
const OVERSCAN = 8;

export class Feed {
  #items = [];
  #rows = [];
  #first = 0;
  #frame = 0;
  #selected = null;
  #options;

  /**
   * @param options `label` for screen readers; `columns`: `{name, title, text(item)}`, or `draw(cell, item)`
   *     instead of `text`;*     `tone(item)`: a class of the row; `select(item, opened)`; `empty()`: elements to show without items
   */
  constructor(options) {
    this.#options = options;
    this.following = true;
    this.id = `feed-${options.label.replace(/\W+/g, "-").toLowerCase()}`;
    this.body = h("div.rows", { role: "rowgroup" });
    this.sizer = h("div.sizer", { role: "presentation" }, this.body);
    this.viewport = h(
      "div.viewport",
      { role: "presentation", tabindex: "-1", onscroll: () => this.#scrolled() },
      this.sizer,
    );
    this.newest = h("button.newest", { type: "button", hidden: true, onclick: () => this.follow() });
    this.blank = h("div.blank", { hidden: true });
    this.grid = h(
      "div.grid",
      {
        role: "grid",
        tabindex: "0",
        "aria-label": options.label,
        "aria-readonly": "true",
        onkeydown: (event) => this.#key(event),
        onclick: (event) => this.#click(event),
      },
      h(
        "div.row.head",
        { role: "row", "aria-rowindex": "1" },
        options.columns.map((c) => h(`div.cell.${c.name}`, { role: "columnheader" }, c.title)),
      ),
      this.viewport,
    );
    this.element = h("div.feed", {}, this.grid, this.blank, this.newest);
    new ResizeObserver(() => this.draw()).observe(this.viewport);
  }

  get length() {
    return this.#items.length;
  }

  get selected() {
    return this.#selected;
  }

  get indexOfSelected() {
    return this.#items.indexOf(this.#selected);
  }

  at(index) {
    return this.#items[index];
  }

  /** Replaces all items. The array is the feed's own from now on. */
  show(items) {
    this.#items = items;
    this.unseen = 0;
    if (this.#selected && !items.includes(this.#selected)) {
      this.#selected = items.find((item) => item.id === this.#selected.id) ?? this.#selected;
    }
    this.draw();
  }

  /** Adds items at the end. */
  append(items) {
    if (items.length) {
      this.#items.push(...items);
      this.unseen = this.following ? 0 : (this.unseen ?? 0) + items.length;
      this.draw();
    }
  }

  /** Goes to the end and stays there. */
  follow(on = true) {
    this.following = on;
    if (on) {
      this.unseen = 0;
    }
    this.draw();
  }

  /** Draws before the next frame. */
  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawNow();
    });
  }

  #drawNow() {
    const height = this.viewport.clientHeight;
    if (!height) {
      return;
    }
    this.sizer.style.height = `${this.#items.length * ROW}px`;
    if (this.following) {
      this.viewport.scrollTop = this.#items.length * ROW;
    }
    this.#first = Math.max(0, Math.floor(this.viewport.scrollTop / ROW) - OVERSCAN);
    const last = Math.min(this.#items.length, this.#first + Math.ceil(height / ROW) + 2 * OVERSCAN);
    this.body.style.transform = `translateY(${this.#first * ROW}px)`;
    while (this.#rows.length < last - this.#first) {
      this.#rows.push(this.#row());
    }
    while (this.#rows.length > last - this.#first) {
      this.#rows.pop().element.remove();
    }
    this.#rows.forEach((row, at) => this.#draw(row, this.#first + at));
    this.grid.setAttribute("aria-rowcount", this.#items.length + 1);
    this.#point();
    this.#showBlank();
    this.newest.hidden = this.following || !this.unseen;
    setText(this.newest, `${count(this.unseen ?? 0)} new ↓`);
  }

  #showBlank() {
    const empty = this.#items.length === 0;
    if (this.blank.hidden === empty) {
      this.blank.hidden = !empty;
    }
    if (empty) {
      fill(this.blank, this.#options.empty());
    }
  }

  #row() {
    const cells = this.#options.columns.map((c) => h(`div.cell.${c.name}`, { role: "gridcell" }));
    const element = h("div.row", { role: "row" }, cells);
    this.body.append(element);
    return { element, cells };
  }

  #draw({ element, cells }, index) {
    const item = this.#items[index];
    const selected = this.#selected !== null && item.id === this.#selected.id;
    element.id = `${this.id}-${item.id}`;
    element.dataset.index = index;
    element.className = `row ${this.#options.tone?.(item) ?? ""}`;
    element.setAttribute("aria-rowindex", index + 2);
    element.setAttribute("aria-selected", String(selected));
    this.#options.columns.forEach((column, at) => {
      if (column.draw) {
        column.draw(cells[at], item);
      } else {
        setText(cells[at], column.text(item));
      }
    });
  }

  /** Tells screen readers which row the keyboard is at; only a row in the document can be named. */
  #point() {
    const id = this.#selected && `${this.id}-${this.#selected.id}`;
    if (id && document.getElementById(id)) {
      this.grid.setAttribute("aria-activedescendant", id);
    } else {
      this.grid.removeAttribute("aria-activedescendant");
    }
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.viewport;
    const atEnd = scrollTop + clientHeight >= scrollHeight - ROW / 2;
    if (atEnd !== this.following && !(atEnd && this.#selected)) {
      this.following = atEnd;
      this.unseen = atEnd ? 0 : this.unseen;
      this.#options.followed?.();
    }
    this.draw();
  }

  #click(event) {
    const row = event.target.closest(".rows > .row");
    // The end of a selection of text is no click on the row.
    if (row && !String(getSelection())) {
      this.select(this.#items[Number(row.dataset.index)], true);
    }
  }

  /** Selects an item, shows it, and tells the listener; null selects nothing. */
  select(item, opened = false) {
    this.#selected = item;
    if (item) {
      this.following = false;
      this.#show(this.#items.indexOf(item));
    }
    this.#options.select(item, opened);
    this.draw();
  }

  #show(index) {
    const top = index * ROW;
    const { scrollTop, clientHeight } = this.viewport;
    if (index >= 0 && top < scrollTop) {
      this.viewport.scrollTop = top;
    } else if (index >= 0 && top + ROW > scrollTop + clientHeight) {
      this.viewport.scrollTop = top + ROW - clientHeight;
    }
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || this.#items.length === 0) {
      return;
    }
    const at = this.indexOfSelected;
    const page = Math.max(1, Math.floor(this.viewport.clientHeight / ROW) - 1);
    const last = this.#items.length - 1;
    const from = at >= 0 ? at : event.key === "ArrowUp" || event.key === "k" ? last + 1 : this.#atTop() - 1;
    const target = {
      ArrowDown: from + 1,
      j: from + 1,
      ArrowUp: from - 1,
      k: from - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: last,
      Enter: at >= 0 ? at : null,
      " ": at >= 0 ? at : null,
    }[event.key];
    if (target !== undefined && target !== null) {
      event.preventDefault();
      event.stopPropagation();
      this.select(this.#items[Math.min(last, Math.max(0, target))], event.key === "Enter" || event.key === " ");
    }
  }

  #atTop() {
    return Math.ceil(this.viewport.scrollTop / ROW);
  }
}
