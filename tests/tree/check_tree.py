#!/usr/bin/env python3
"""Keeps the habits of CONTRIBUTING.md: who includes whom, how long files and functions may be, what
nobody calls, and who may look into a secret. Usage: check_tree.py SOURCE_FOLDER"""
import re
import statistics
import sys
from pathlib import Path

# The table of docs/architecture.md: a folder may include itself and these.
MAY_INCLUDE = {
    "base": set(),
    "model": {"base"},
    "net": {"base"},
    "ipc": {"base"},
    "client": {"base", "ipc"},
    "storage": {"base", "model"},
    "oauth": {"base", "model", "net"},
    "sync": {"base", "model", "net", "storage", "oauth"},
    "formats": {"base", "model"},
    "daemon": {"base", "model", "net", "ipc", "storage", "oauth", "sync", "formats"},
    "ctl": {"base", "client", "oauth"},
}
# Single headers that a folder may take from another one beyond that.
OAUTH_NET_HEADERS = {"net/http.h", "net/url.h", "net/retry_after.h"}
CTL_OAUTH_HEADERS = {"oauth/redirect_listener.h", "oauth/authorization.h"}

# Libraries and the only folders that may name them.
ONLY_IN = {
    r"\bsqlite3_\w+": {"storage", "tests/unit/storage", "tests/bench"},
    r"<sqlite3\.h>": {"storage", "tests/unit/storage", "tests/bench"},
    r"<curl/": {"net"},
    r"<cpprest/": {"oauth/redirect_listener.cc", "tests/simulator"},
    r"<systemd/": {"base", "daemon", "tests/functional"},
    r"<cctz/": {"model", "tests/simulator"},
    r"<toml\+\+": {"daemon"},
    r"<libical/": {"formats", "tests"},
    r"<qrencode\.h>": {"ctl/qr_code.cc"},
}
# What nobody calls, and why.
BANNED = {
    r"\b(strcpy|strcat|sprintf|vsprintf|gets)\s*\(": "no bound on what it writes",
    r"\bstd::system\s*\(|\bpopen\s*\(": "runs a shell",
    r"\b(rand|srand)\s*\(": "use base/random.h",
    r"\b(gmtime|localtime|mktime)\s*\(": "not thread-safe; use base/time.h or model/zone.h",
    r"\bstd::this_thread::sleep": "waiting is the loop's business",
    r"\btmpnam\s*\(|\bmktemp\s*\(": "a race; use mkstemp or a folder of its own",
    r"\b(TODO|FIXME|XXX|HACK)\b": "finish it or write an issue",
}
SLEEP_ALLOWED = {"tests", "ctl"}

# Files that may look into a Secret (Reveal, bytes); the others are listed with their reasons.
MAY_REVEAL = {"base/secret.h", "base/secret.cc"}
REVEAL_LIST = "tests/tree/may_reveal.txt"

FILE_LINES_MAX = 600
FILE_LINES_P90 = 350
FILE_LINES_MEDIAN = 130
FUNCTION_LINES_MAX = 70
FUNCTION_LINES_P90 = 30
FUNCTION_LINES_MEDIAN = 10

NOT_A_FUNCTION = re.compile(
    r"^\s*(namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|case|try|catch|return|\}|#|//|TEST_CASE|SUBCASE)"
)


def strip(text):
    """Code without comments and without the content of literals, line breaks kept."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: ('""' if m.group(0)[0] in '"R' else " ") + "\n" * m.group(0).count("\n"), text)


def functions(code):
    """(first line, number of lines) of each function body in stripped code."""
    lines = code.split("\n")
    found = []
    for i, line in enumerate(lines):
        if not line.rstrip().endswith("{") or NOT_A_FUNCTION.match(line):
            continue
        start = i
        while start > 0 and "(" not in " ".join(lines[start:i + 1]) and i - start < 6:
            start -= 1
        head = " ".join(lines[start:i + 1])
        if "(" not in head or re.search(r"=\s*\{$|\[[^\]]*\]\s*(\([^)]*\))?[^;]*\{$", line):
            continue
        indent = len(line) - len(line.lstrip())
        while start > 0 and len(lines[start]) - len(lines[start].lstrip()) > indent:
            start -= 1
        if NOT_A_FUNCTION.match(lines[start]):
            continue
        depth = 0
        for j in range(i, len(lines)):
            depth += lines[j].count("{") - lines[j].count("}")
            if depth <= 0:
                found.append((start + 1, j - start + 1))
                break
    return found


def check_includes(name, text, problems):
    folder = name.split("/")[0]
    if folder not in MAY_INCLUDE:
        return
    for included in re.findall(r'^#include "([^"]+)"', text, re.M):
        other = included.split("/")[0]
        if other == folder:
            continue
        allowed = other in MAY_INCLUDE[folder]
        if folder == "oauth" and other == "net":
            allowed = included in OAUTH_NET_HEADERS
        if folder == "ctl" and other == "oauth":
            allowed = included in CTL_OAUTH_HEADERS
        if not allowed:
            problems.append(f"{name}: {folder}/ may not include {included}")


def in_places(name, places):
    return any(name == place or name.startswith(place + "/") for place in places)


def check_calls(name, code, raw, may_reveal, problems):
    for pattern, places in ONLY_IN.items():
        if re.search(pattern, raw if pattern.startswith("<") else code) and not in_places(name, places):
            problems.append(f"{name}: {pattern} belongs to {', '.join(sorted(places))}")
    for pattern, reason in BANNED.items():
        text = raw if "TODO" in pattern else code
        match = re.search(pattern, text)
        if match and not ("sleep" in pattern and in_places(name, SLEEP_ALLOWED)):
            problems.append(f"{name}: {match.group(0).strip()}: {reason}")
    if name.endswith(".h"):
        if "#pragma once" not in raw:
            problems.append(f"{name}: no #pragma once")
        if re.search(r"^\s*using namespace", code, re.M):
            problems.append(f"{name}: using namespace in a header")
        if "<nlohmann/json.hpp>" in raw and not name.startswith("tests/"):
            problems.append(f"{name}: nlohmann/json.hpp in a header costs seconds a file")
    if re.search(r"\bReveal\(\)|\.bytes\(\)", code) and not name.startswith("tests/") \
            and name not in may_reveal:
        problems.append(f"{name}: looks into a secret; if it must, add it to {REVEAL_LIST}")


def check(root):
    root = Path(root)
    problems, file_lines, function_lines = [], [], []
    may_reveal = set(MAY_REVEAL)
    listed = root / REVEAL_LIST
    if listed.exists():
        may_reveal |= {line.split()[0] for line in listed.read_text().splitlines()
                       if line.strip() and not line.startswith("#")}
    folders = list(MAY_INCLUDE) + ["tests"]
    for path in sorted(p for f in folders for p in (root / f).rglob("*") if p.suffix in (".h", ".cc")):
        name = path.relative_to(root).as_posix()
        raw = path.read_text(encoding="utf-8")
        code = strip(raw)
        check_includes(name, raw, problems)
        check_calls(name, code, raw, may_reveal, problems)
        if re.search(r"(^|[/_])(utils?|common|helpers?|misc)(/|\.|_)", name):
            problems.append(f"{name}: a drawer for odds and ends; name it by its noun")
        lines = raw.count("\n")
        file_lines.append(lines)
        if lines > FILE_LINES_MAX:
            problems.append(f"{name}: {lines} lines, at most {FILE_LINES_MAX}")
        for line, count in functions(code):
            function_lines.append(count)
            if count > FUNCTION_LINES_MAX:
                problems.append(f"{name}:{line}: a function of {count} lines, at most {FUNCTION_LINES_MAX}")
    for entry in sorted(may_reveal):
        if not (root / entry).exists() and listed.exists():
            problems.append(f"{REVEAL_LIST}: {entry} does not exist")
    shape(problems, "file", file_lines, FILE_LINES_MEDIAN, FILE_LINES_P90)
    shape(problems, "function", function_lines, FUNCTION_LINES_MEDIAN, FUNCTION_LINES_P90)
    return problems


def shape(problems, what, counts, median_max, p90_max):
    if len(counts) < 20:
        return
    median = statistics.median(counts)
    p90 = statistics.quantiles(counts, n=10)[8]
    print(f"{what}s: {len(counts)}, median {median:g} lines, 90th percentile {p90:g}, longest {max(counts)}")
    if median > median_max or p90 > p90_max:
        problems.append(f"{what}s have grown: median {median:g} (at most {median_max}), "
                        f"90th percentile {p90:g} (at most {p90_max})")


def main():
    problems = check(sys.argv[1])
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
