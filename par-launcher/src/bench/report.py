"""What a run found: lines while it runs, a table at its end, the table of the README and its chart."""

import collections
import statistics

Figure = collections.namedtuple("Figure", "row subject measured peer value target unit score")
# score: the share of the target that was used; up to 1 the target is met.


def millis(seconds):
    return "{:,.0f} ms".format(seconds * 1000)


class Figures:
    def __init__(self):
        self.figures = []
        self.notes = []
        self.parts = []

    def note(self, text):
        print(text)
        self.notes.append(text)

    def leave_out(self, text):
        self.note("left out: " + text)

    def _add(self, row, subject, measured, peer, value, target, unit, score):
        self.figures.append(Figure(row, subject, measured, peer, value, target, unit, score))
        print(line(self.figures[-1]), flush=True)

    def ratio(self, row, subject, mine, spread, peer, target):
        """A time that may be so many times that of a peer: its label and its median."""
        value = mine / peer[1]
        measured = "%s (%s–%s)" % (millis(mine), *("{:,.0f}".format(s * 1000) for s in spread))
        self._add(row, subject, measured, "%s %s" % (peer[0], millis(peer[1])), value, target, "×", value / target)

    def more(self, row, subject, series, peer, what, target):
        """A time that may be so many seconds longer than a peer's."""
        mine, theirs = series.median(what), peer[1].median(what)
        measured = "%s (%s–%s)" % (millis(mine), *("{:,.0f}".format(s * 1000) for s in series.spread(what)))
        value = mine - theirs
        self._add(row, subject, measured, "%s %s" % (peer[0], millis(theirs)), value, target, "s more", value / target)

    def absolute(self, row, subject, values, unit, target, least=False):
        """A number that may be so large at most, or has to be so large at least."""
        value = statistics.median(values)
        measured = "{:,.4g} {}".format(value, unit)
        if len(values) > 1:
            measured += " ({:,.4g}–{:,.4g})".format(min(values), max(values))
        score = None if target is None else target / value if least else max(0.0, value) / target
        self._add(row, subject, measured, "", value, target, "least " + unit if least else unit, score)

    def steps(self, title, found):
        """Commands of which each does more than the one before: (label, Java, CPU, wall, classes or None) of each."""
        self.parts = found
        print(title)
        for label, java, cpu, wall, classes in found:
            text = "    %-42s %-8s CPU %7s, wall %7s"
            print(text % (label, java, millis(cpu), millis(wall)) + (", %d classes" % classes if classes else ""))

    def markdown_of_steps(self):
        """The CPU time and the classes of each command, with a column for each Java."""
        javas = sorted({java for _, java, *_ in self.parts}, key=lambda name: -int(name.split()[1]))
        rows = collections.OrderedDict()
        for label, java, cpu, _, classes in self.parts:
            text = millis(cpu) + (", {:,} classes".format(classes) if classes else "")
            rows.setdefault(label, {})[java] = text
        lines = ["| CPU time of | " + " | ".join(javas) + " |", "|---|" + "---|" * len(javas)]
        lines += ["| %s | %s |" % (label, " | ".join(found[java] for java in javas)) for label, found in rows.items()]
        return "\n".join(lines)

    def show(self, row, series):
        """Every subject of a row, peers included."""
        for label, each in sorted(series.items(), key=lambda item: item[1].median("wall")):
            low, high = each.spread("wall")
            text = "    %-26s %9s (%4.0f–%4.0f), CPU %9s"
            print(text % (label, millis(each.median("wall")), low * 1000, high * 1000, millis(each.median("cpu"))))

    def table(self):
        return "\n".join(line(figure) for figure in self.figures)

    def missed(self):
        return [figure for figure in self.figures if figure.score is not None and figure.score > 1]

    def markdown(self):
        """One line a row, with a column for each Java."""
        javas = sorted({figure.subject for figure in self.figures}, key=lambda name: -int(name.split()[1]))
        rows = collections.OrderedDict()
        for figure in self.figures:
            rows.setdefault((figure.row, figure.peer.rpartition(" ")[0].rpartition(" ")[0]), {})[figure.subject] = figure
        lines = ["| work | " + " | ".join(javas) + " |", "|---|" + "---|" * len(javas)]
        for (row, peer), found in rows.items():
            cells = [cell(found[java]) if java in found else "–" for java in javas]
            lines.append("| %s | %s |" % (row + (", against %s" % peer if peer else ""), " | ".join(cells)))
        return "\n".join(lines)


def amount(value, unit):
    unit = unit.replace("least ", "")
    return "%.2f %s" % (value, unit) if unit in ("×", "s more") else "%.3g %s" % (value, unit)


def line(figure):
    text = "%-44s %-8s %-30s %-26s" % (figure.row, figure.subject, figure.measured, figure.peer)
    if figure.score is None:
        return text.rstrip()
    bound = ">=" if figure.unit.startswith("least") else "<="
    verdict = "met" if figure.score <= 1 else "MISSED"
    return "%s %s, target %s %s: %s" % (
        text, amount(figure.value, figure.unit), bound, amount(figure.target, figure.unit), verdict)


def cell(figure):
    measured = figure.measured.split(" (")[0]
    if figure.score is None:
        return measured
    value = amount(figure.value, figure.unit)
    shown = value if value == measured else "%s: %s" % (measured, value)
    bound = "≥" if figure.unit.startswith("least") else "≤"
    target = amount(figure.target, figure.unit).split(" ")[0]
    return "%s (%s %s)%s" % (shown, bound, target, "" if figure.score <= 1 else " ✗")


# The chart.

WIDTH, LABELS, BAR, GAP = 860, 320, 13, 14
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .quiet { fill: #57606a } .grid { stroke: #8c959f; stroke-width: 1 } .target { stroke: #cf222e; stroke-width: 1.5 }
  .a { fill: #0969da } .b { fill: #8250df } .late { opacity: .55 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #656c76 } .target { stroke: #f85149 }
    .a { fill: #58a6ff } .b { fill: #bc8cff }
  }
"""


def chart(figures, title):
    """Bars of what each row uses of its target: one that ends left of the line meets it."""
    rows = collections.OrderedDict()
    for figure in figures:
        if figure.score is not None:
            rows.setdefault(figure.row, []).append(figure)
    javas = sorted({figure.subject for figure in figures}, key=lambda name: -int(name.split()[1]))
    most = 1.6  # longer bars are cut
    scale = (WIDTH - LABELS - 130) / most
    body, y = [], 64
    for row, found in rows.items():
        top = y
        for figure in sorted(found, key=lambda each: javas.index(each.subject)):
            length = max(1.5, min(figure.score, most) * scale)
            classes = "ab"[javas.index(figure.subject) % 2] + (" late" if figure.score > 1 else "")
            body.append('<rect class="%s" x="%d" y="%d" width="%.1f" height="%d" rx="2"/>' % (classes, LABELS, y, length, BAR - 2))
            body.append(
                '<text class="quiet" x="%.1f" y="%d">%s</text>'
                % (LABELS + length + 5, y + BAR - 3, amount(figure.value, figure.unit))
            )
            y += BAR
        body.append('<text x="%d" y="%.1f" text-anchor="end">%s</text>' % (LABELS - 8, (top + y) / 2 + 3, row))
        y += GAP - BAR // 2
    target = LABELS + scale
    head = ['<text x="8" y="20" font-weight="600">%s</text>' % title]
    for i, java in enumerate(javas):
        head.append('<rect class="%s" x="%d" y="31" width="12" height="12" rx="2"/>' % ("ab"[i % 2], 8 + i * 80))
        head.append('<text x="%d" y="41">%s</text>' % (25 + i * 80, java))
    head.append('<text class="quiet" x="%.1f" y="46" text-anchor="middle">target</text>' % target)
    lines = [
        '<line class="grid" x1="%d" y1="52" x2="%d" y2="%d"/>' % (LABELS, LABELS, y),
        '<line class="target" x1="%.1f" y1="52" x2="%.1f" y2="%d"/>' % (target, target, y),
    ]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-label="%s">\n'
        "<style>%s</style>\n%s\n</svg>\n" % (WIDTH, y + 12, WIDTH, y + 12, title, STYLE, "\n".join(head + body + lines))
    )
