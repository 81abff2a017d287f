// Turns data into text for people. All data are hostile: keys, log lines and error messages may hold markup, terminal
// escapes, control characters and characters that reverse the direction of writing.

// Colours and the like of a terminal; they mean nothing here.
const TERMINAL_STYLE = /\u001b\[[0-9;:]*m/g;

// Characters that a browser would hide, or that would reorder their neighbours: controls, soft hyphen, Arabic and
// Mongolian marks, zero-width and bidirectional ones, line separators, the byte order mark, tags, lone surrogates.
const INVISIBLE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udfff]/gu;

/** Makes every character of a text visible. Keeps line breaks and tabs. */
export function visible(value) {
  return String(value ?? "")
    .replace(TERMINAL_STYLE, "")
    .replace(/\r\n/g, "\n")
    .replace(INVISIBLE, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

/** As `visible`, on one line. */
export function oneLine(value) {
  return visible(value).replace(/\n/g, " ⏎ ").replace(/\t/g, "  ");
}

/** The first characters of a text that may have megabytes. */
export function shortened(text, most = 400) {
  return text.length > most ? text.slice(0, most) + "…" : text;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes with an SI unit, as `--bandwidth` reads them. */
export function size(bytes) {
  if (!Number.isFinite(bytes)) {
    return "–";
  }
  let unit = 0;
  let number = bytes;
  while (number >= 1000 && unit < UNITS.length - 1) {
    number /= 1000;
    unit++;
  }
  return `${unit === 0 || number >= 100 ? Math.round(number) : number.toFixed(1)} ${UNITS[unit]}`;
}

/** Milliseconds as a duration of at most four digits. */
export function duration(ms) {
  if (!Number.isFinite(ms)) {
    return "–";
  }
  if (ms < 1000) {
    return `${ms < 10 && ms % 1 ? ms.toFixed(1) : Math.round(ms)} ms`;
  }
  if (ms < 60_000) {
    return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  }
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60
    ? `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Whole numbers with thin spaces between thousands. */
export function count(number) {
  return String(number ?? 0).replace(/\B(?=(\d{3})+$)/g, "\u2009");
}

/** `1 request`, `2 requests`. */
export function counted(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** The time of day of an ISO time, with milliseconds, in this machine's zone. */
export function timeOfDay(iso) {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) {
    return oneLine(iso);
  }
  const two = (n) => String(n).padStart(2, "0");
  return (
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}` +
    `.${String(date.getMilliseconds()).padStart(3, "0")}`
  );
}

/** A pattern with `*` and `?` as a test of whole texts, without regard to case. */
export function glob(pattern) {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*").replace(/\?/g, ".");
  const expression = new RegExp(`^${source}$`, "is");
  return (text) => expression.test(text);
}

/**
 * A filter as people type it: words that must all occur, and `name:value` for the given fields, where the value may
 * be a pattern. A quoted part is one word.
 *
 * @param fields for each name, a function from an item to the text of the field
 * @param all a function from an item to its whole text in lower case
 */
export function filter(text, fields, all) {
  const tests = [];
  for (const [, name, quoted, plain] of text.matchAll(/(?:([a-z_]+):)?(?:"([^"]*)"?|(\S+))/gi)) {
    const word = quoted ?? plain ?? "";
    const field = name && Object.hasOwn(fields, name.toLowerCase()) ? fields[name.toLowerCase()] : null;
    if (field) {
      const matches = glob(/[*?]/.test(word) ? word : `${word}*`);
      tests.push((item) => matches(field(item)));
    } else {
      const wanted = (name ? `${name}:${word}` : word).toLowerCase();
      tests.push((item) => all(item).includes(wanted));
    }
  }
  return (item) => tests.every((test) => test(item));
}
