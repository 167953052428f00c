#!/usr/bin/env python3
"""Makes the JSON Schemas of what `kamilictl --json` prints, from the interface file: the command line renames nothing.
Usage: make_schema.py INTERFACE_FILE FOLDER   Writes FOLDER/COMMAND.json, one for each of COMMANDS."""
import json
import re
import sys
from pathlib import Path

BASIC = {"bool": "boolean", "int": "integer", "float": "number", "string": "string", "object": "object"}
# What one line of standard output is: the answer of a method, a type, fields of its own, or one of several.
COMMANDS = {
    "account-add": [{"event": "string", "url": "string", "redirect_uri": "string"},
                    {"event": "string", "verification_uri": "string", "user_code": "string", "expires_in_s": "int"},
                    {"event": "string", "account": "Account"}],
    "account-change": "ResumeAccount()",
    "account-list": "ListAccounts()",
    "account-remove": "RemoveAccount()",
    "account-show": {"account": "Account"},
    "agenda": "ListOccurrences()",
    "backup-create": "CreateBackup()",
    "backup-restore": {"state_folder": "string"},
    "backup-verify": "VerifyBackup()",
    "calendar-change": "EnableCalendar()",
    "calendar-list": "ListCalendars()",
    "changes": "Change",
    "conflicts": {"as_of": "string", "complete": "bool", "stale": "[]Stale", "conflicts": "[]Conflict"},
    "doctor": "Doctor()",
    "done": "Lock()",
    "error": {"error": {"kind": "string", "message": "string", "hint": "string"}},
    "event-show": "GetEvent()",
    "freebusy": "FreeBusy()",
    "key-rotate": "RotateKey()",
    "key-slot-add": "AddKeySlot()",
    "key-slot-list": {"slots": "[]KeySlot"},
    "key-slot-test": "TestKeySlot()",
    "key-status": "GetKeyStatus()",
    "next-waybar": {"text": "string", "tooltip": "string", "class": "[]string"},
    "search": "SearchEvents()",
    "status": "GetStatus()",
    "sync": ["Sync()", {"event": "string"}],
    "version": {"version": "string"},
}
# Types that only the command line has.
OWN_TYPES = {"Conflict": {"start": "string", "end": "string", "occurrences": "[]Occurrence"}}
# Which of them a command prints.
SCHEMA_OF = {
    "account add": "account-add", "account list": "account-list", "account pause": "account-change",
    "account reauth": "account-add", "account remove": "account-remove", "account resume": "account-change",
    "account show": "account-show", "agenda": "agenda", "backup create": "backup-create",
    "backup restore": "backup-restore", "backup verify": "backup-verify", "calendar disable": "calendar-change",
    "calendar enable": "calendar-change", "calendar list": "calendar-list", "changes": "changes",
    "conflicts": "conflicts", "doctor": "doctor", "event show": "event-show", "freebusy": "freebusy",
    "key rotate": "key-rotate", "key slot add": "key-slot-add", "key slot list": "key-slot-list",
    "key slot remove": "done", "key slot test": "key-slot-test", "key status": "key-status", "lock": "done",
    "month": "agenda", "next": "agenda", "next --waybar": "next-waybar", "search": "search", "status": "status",
    "sync": "sync", "unlock": "done", "week": "agenda",
}


def split(text):
    """Parts of `text` between the commas that stand outside of brackets."""
    parts, depth, begin = [], 0, 0
    for at, c in enumerate(text):
        depth += c in "(["
        depth -= c in ")]"
        if c == "," and depth == 0:
            parts.append(text[begin:at])
            begin = at + 1
    return [part.strip() for part in [*parts, text[begin:]] if part.strip()]


def bracketed(text, at):
    """The inside of the bracket that opens at `at`, and where it ends."""
    depth = 0
    for end in range(at, len(text)):
        depth += text[end] == "("
        depth -= text[end] == ")"
        if depth == 0:
            return text[at + 1:end], end + 1
    raise ValueError("a bracket is not closed")


def fields(text):
    return {name.strip(): kind.strip() for name, _, kind in (part.partition(":") for part in split(text))}


def read_interface(text):
    """Types by name, and the answer of each method under "Name()"."""
    text = re.sub(r"#[^\n]*", "", text)
    found = dict(OWN_TYPES)
    for match in re.finditer(r"\b(type|method)\s+(\w+)\s*(?=\()", text):
        inside, end = bracketed(text, match.end())
        if match.group(1) == "type":
            found[match.group(2)] = fields(inside)
        else:
            found[match.group(2) + "()"] = fields(bracketed(text, text.index("(", end))[0])
    return found


class Maker:
    def __init__(self, interface):
        self.interface = interface
        self.definitions = {}

    def kind(self, kind):
        if isinstance(kind, dict):
            return self.object(kind)
        if kind.startswith("?"):
            return {"anyOf": [self.kind(kind[1:]), {"type": "null"}]}
        if kind.startswith("[]"):
            return {"type": "array", "items": self.kind(kind[2:])}
        if kind.startswith("[string]"):
            return {"type": "object", "additionalProperties": self.kind(kind[8:])}
        if kind in BASIC:
            return {"type": BASIC[kind]}
        if kind not in self.definitions:
            self.definitions[kind] = None
            self.definitions[kind] = self.object(self.interface[kind])
        return {"$ref": f"#/$defs/{kind}"}

    def object(self, named):
        return {"type": "object", "properties": {name: self.kind(kind) for name, kind in named.items()},
                "required": [name for name, kind in named.items() if not str(kind).startswith("?")]}

    def line(self, what):
        if isinstance(what, list):
            return {"anyOf": [self.line(one) for one in what]}
        if isinstance(what, str) and what.endswith("()"):
            return self.object(self.interface[what])
        return self.kind(what)


def make(interface, command):
    maker = Maker(interface)
    line = maker.line(COMMANDS[command])
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"kamilictl --json: {command}", **line}
    if maker.definitions:
        schema["$defs"] = dict(sorted(maker.definitions.items()))
    return json.dumps(schema, indent=1) + "\n"


def main():
    interface = read_interface(Path(sys.argv[1]).read_text())
    folder = Path(sys.argv[2])
    for command in COMMANDS:
        (folder / f"{command}.json").write_text(make(interface, command))


if __name__ == "__main__":
    main()
