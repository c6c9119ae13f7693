# SPDX-License-Identifier: MIT
"""What is measured, beside what it should be; and the word for what could not be measured."""


class Failed(Exception):
    """Something that is measured did not work at all."""


def must(answer, what):
    if answer.status != 0:
        raise Failed("%s: exit %d: %s" % (what, answer.status, answer.err.strip()))
    return answer


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, figure, unit, reach=None, most=None, least=None, note=""):
        """figure None: could not be measured, and note says why."""
        good = None
        if figure is not None and (most is not None or least is not None):
            good = figure <= most if most is not None else figure >= least
        self.rows.append({"what": what, "figure": figure, "unit": unit, "reach": reach,
                          "ok": good, "note": note})

    @staticmethod
    def _figure(row):
        value, unit = row["figure"], row["unit"]
        if value is None:
            return "-"
        return {"x": "%.2f x", "ms": "%.2f ms", "s": "%.1f s", "MiB": "%.2f MiB", "KiB": "%.0f KiB",
                "/s": "%.0f/s", "": "%.0f"}[unit] % value

    def print(self):
        heads = ("what", "figure", "reach", "")
        lines = [heads] + [
            (row["what"], self._figure(row), row["reach"] or "-",
             {True: "ok", False: "short", None: ""}[row["ok"]]) for row in self.rows]
        widths = [max(len(line[column]) for line in lines) for column in range(4)]
        for line, row in zip(lines, [None] + self.rows):
            text = "%-*s  %*s  %-*s  %-*s  %s" % (
                widths[0], line[0], widths[1], line[1], widths[2], line[2], widths[3], line[3],
                row["note"] if row else "")
            print(text.rstrip())
