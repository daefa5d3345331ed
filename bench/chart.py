#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""chart.py JSON SVG: draws what bench/dataplane has measured.

For each MTU a column, for each metric a group, for each case a bar: how much of its reference it reaches, with a line
from the worst run to the best, and its median.
"""
import json
import sys
from html import escape

# Of the figures in the file: of transactions the median time, which other work on the machine changes least.
METRICS = {
    "tcp_stream": "TCP, one stream", "tcp_stream_4": "TCP, four streams",
    "tcp_rr_p50": "TCP transaction", "udp_rr_p50": "UDP transaction",
    "tcp_rr_one_cpu_p50": "TCP transaction, both ends on one processor",
    "udp_rr_one_cpu_p50": "UDP transaction, both ends on one processor",
    "udp_64": "UDP packets of 64 bytes delivered",
}
REFERENCES = ("node-to-node", "pod-pair")
GREY, BLUE, ORANGE, INK, FAINT = "#b8bcc2", "#7da7d9", "#e0742b", "#24292f", "#d8dce0"

MARGIN, NAMES, BAR, GAP, ROW, HEAD, GROUP = 20, 120, 300, 110, 17, 64, 30
LONGEST = 1.2  # ratio at the end of a column; what is more ends there


def colour(case):
    if case in REFERENCES:
        return GREY
    return ORANGE if case.startswith("ours") else BLUE


def amount(value):
    for limit, suffix in ((1e6, " M"), (1e3, " k")):
        if value >= limit:
            return f"{value / limit:.3g}{suffix}"
    return f"{value:.3g}"


def text(x, y, content, anchor="start", size=12, weight="normal", fill=INK):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
            f'fill="{fill}">{escape(content)}</text>')


def line(x1, y1, x2, y2, stroke, width=1):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{stroke}" '
            f'stroke-width="{width}"/>')


def bar(x, y, result):
    def at(value):
        share = value / result["median"] if result["unit"].endswith("/s") else result["median"] / value
        return x + BAR * min(result["ratio"] * share / LONGEST, 1)

    end, middle = at(result["median"]), y + ROW / 2 - 1
    label = f"{amount(result['median'])} {result['unit']}".replace(" 1/s", "/s")
    return [
        f'<rect x="{x}" y="{y}" width="{end - x:.1f}" height="{ROW - 3}" fill="{colour(result["case"])}"/>',
        line(at(result["min"]), middle, at(result["max"]), middle, INK),
        text(x + BAR + 6, y + ROW - 6, label, size=11),
        text(x + 4, y + ROW - 6, f"{result['ratio']:.2f}", size=11),
    ]


def column(x, mtu, results, cases, metrics):
    parts, y = [text(x, HEAD - 16, f"MTU {mtu}", weight="bold")], HEAD
    for metric in metrics:
        y += GROUP
        for case in cases:
            parts += [part for r in results if (r["case"], r["metric"], r["mtu"]) == (case, metric, mtu)
                      for part in bar(x, y, r)]
            y += ROW
    one = x + BAR / LONGEST
    return parts + [line(one, HEAD, one, y, FAINT), text(one, HEAD - 4, "1.0", "middle", 11)]


def draw(machine, results):
    results = [r for r in results if r["metric"] in METRICS and "ratio" in r]
    cases = list(dict.fromkeys(r["case"] for r in results))
    metrics = [metric for metric in METRICS if any(r["metric"] == metric for r in results)]
    mtus = sorted({r["mtu"] for r in results})
    width = MARGIN + NAMES + len(mtus) * (BAR + GAP)
    height = HEAD + len(metrics) * (GROUP + len(cases) * ROW) + MARGIN
    parts = [text(MARGIN, 24, "Pod to pod, compared with node to node and with a veth pair", size=15, weight="bold")]
    y = HEAD
    for metric in metrics:
        y += GROUP
        parts.append(text(MARGIN, y - 8, METRICS[metric], weight="bold"))
        for case in cases:
            parts.append(text(MARGIN + NAMES - 8, y + ROW - 6, case, "end", 11))
            y += ROW
    for i, mtu in enumerate(mtus):
        parts += column(MARGIN + NAMES + i * (BAR + GAP), mtu, results, cases, metrics)
    parts.append(text(MARGIN, height - 6, f"Linux {machine['kernel']}, {machine['cpus']} × {machine['model']}", size=10))
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="white"/>', *parts, "</svg>", ""])


with open(sys.argv[1]) as file:
    measured = json.load(file)
with open(sys.argv[2], "w") as file:
    file.write(draw(measured["machine"], measured["results"]))
