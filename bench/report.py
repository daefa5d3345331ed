#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""report.py RESULTS [JSON]: prints a table of what a benchmark has measured, and writes it as JSON.

RESULTS has a line for each figure: case, metric, unit, and the values of all runs, separated by tabs; a line
"reference CASE" before makes ratios to that case's figure of the same metric.
"""
import json
import os
import platform
import statistics
import sys


def read(path):
    reference, results = None, []
    for line in open(path):
        fields = line.rstrip("\n").split("\t")
        if fields[0] == "reference":
            reference = fields[1]
            continue
        case, metric, unit, *values = fields
        values = [float(value) for value in values]
        results.append({"case": case, "metric": metric, "unit": unit, "median": statistics.median(values),
                        "min": min(values), "max": max(values)})
    for result in results:
        base = [r for r in results if r["case"] == reference and r["metric"] == result["metric"]]
        if base and base[0]["median"]:
            result["ratio"] = result["median"] / base[0]["median"]
    return results


def machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "")
    return {"kernel": platform.release(), "cpus": os.cpu_count(), "model": model}


def show(results):
    print(f"{'case':<28}{'metric':<34}{'median':>12}{'min':>12}{'max':>12}  unit")
    for r in results:
        ratio = f"  ratio {r['ratio']:.3f}" if "ratio" in r else ""
        print(f"{r['case']:<28}{r['metric']:<34}{r['median']:>12.2f}{r['min']:>12.2f}{r['max']:>12.2f}  {r['unit']}{ratio}")


results = read(sys.argv[1])
show(results)
if len(sys.argv) > 2:
    with open(sys.argv[2], "w") as file:
        json.dump({"machine": machine(), "results": results}, file, indent=1)
