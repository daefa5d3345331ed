#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.py RESULTS [JSON]: prints a table of what a benchmark has measured, and writes it as JSON.

RESULTS has a line for each figure: case, metric, unit, and the values of all runs, separated by tabs. Two other lines
say something of those after them: "reference CASE", that their ratio is to that case's figure of the same metric, and
"mtu NUMBER", for what they were measured; figures of different MTU are not compared. A ratio above 1 is always the
better one: what is not a number per second is better when it is less.
"""
import json
import os
import platform
import statistics
import sys


def read(path):
    context, results = {}, []
    for line in open(path):
        fields = line.rstrip("\n").split("\t")
        if fields[0] in ("reference", "mtu"):
            context = {**context, fields[0]: fields[1]}
            continue
        case, metric, unit, *values = fields
        values = [float(value) for value in values]
        result = {"case": case, "metric": metric, "unit": unit, "median": statistics.median(values),
                  "min": min(values), "max": max(values), "reference": context.get("reference")}
        if "mtu" in context:
            result["mtu"] = int(context["mtu"])
        results.append(result)
    medians = {key(result, result["case"]): result["median"] for result in results}
    for result in results:
        base = medians.get(key(result, result.pop("reference")))
        if base and result["median"]:
            more_is_better = result["unit"].endswith("/s")
            result["ratio"] = result["median"] / base if more_is_better else base / result["median"]
    return results


def key(result, case):
    return case, result["metric"], result.get("mtu")


def machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "")
    return {"kernel": platform.release(), "cpus": os.cpu_count(), "model": model}


def show(results):
    mtu = None
    for r in results:
        if r.get("mtu") != mtu or r is results[0]:
            mtu = r.get("mtu")
            if mtu:
                print(f"MTU {mtu}")
            print(f"{'case':<28}{'metric':<34}{'median':>12}{'min':>12}{'max':>12}  unit")
        ratio = f"  ratio {r['ratio']:.3f}" if "ratio" in r else ""
        print(f"{r['case']:<28}{r['metric']:<34}{r['median']:>12.2f}{r['min']:>12.2f}{r['max']:>12.2f}  {r['unit']}{ratio}")


results = read(sys.argv[1])
show(results)
if len(sys.argv) > 2:
    with open(sys.argv[2], "w") as file:
        json.dump({"machine": machine(), "results": results}, file, indent=1)
