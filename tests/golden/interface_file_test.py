#!/usr/bin/env python3
"""Reads a varlink interface file by the rules that systemd's parser (257 and 262) enforces, which
are narrower than varlink's own; Debian 12 has no varlinkctl to ask. Also: every error kind of the
program is an error of the interface with message and hint.

Usage: interface_file_test.py INTERFACE_FILE ERROR_CC"""
import re
import sys

BASIC = {"bool", "int", "float", "string", "object"}
INTERFACE = re.compile(r"[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)+$")
MEMBER = re.compile(r"[A-Z][A-Za-z0-9]*$")
FIELD = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*$")
TOKEN = re.compile(r"\s+|#[^\n]*|->|\[string\]|\[\]|[?():,]|[A-Za-z0-9_.-]+")


class Bad(Exception):
    pass


def tokens(text):
    """Words of the file, comments among them: where one stands matters."""
    found, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise Bad(f"what is {text[at:at + 20]!r}?")
        at = match.end()
        if not match.group().isspace():
            found.append(match.group())
    return found


class Reader:
    def __init__(self, text):
        self.words = tokens(text)
        self.at = 0
        self.used = set()
        self.members = {}

    def skip_comments(self):
        while self.at < len(self.words) and self.words[self.at].startswith("#"):
            self.at += 1

    def peek(self):
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self, expected=None):
        word = self.peek()
        if word == "" or (expected is not None and word != expected):
            raise Bad(f"{word!r} where {expected!r} belongs")
        self.at += 1
        return word

    def name(self, pattern, what):
        word = self.take()
        if not pattern.match(word):
            raise Bad(f"{word!r} is no name of {what}")
        return word

    def file(self):
        self.skip_comments()
        self.take("interface")
        self.name(INTERFACE, "an interface")
        self.skip_comments()
        while self.peek():
            self.member()
            self.skip_comments()
        unknown = self.used - {n for n, kind in self.members.items() if kind[0] == "type"}
        if unknown:
            raise Bad(f"types that are not there: {sorted(unknown)}")
        return self.members

    def member(self):
        kind = self.take()
        if kind not in ("type", "method", "error"):
            raise Bad(f"{kind!r} is no kind of member")
        name = self.name(MEMBER, "a member")
        if name in self.members:
            raise Bad(f"{name} stands twice")
        fields = self.struct(allow_enum=kind == "type")
        if kind == "method":
            self.take("->")
            self.struct(allow_enum=False)
        self.members[name] = (kind, fields)

    def struct(self, allow_enum):
        """Field names with their types; an enumeration has None for each type."""
        self.take("(")
        fields = {}
        self.skip_comments()
        while self.peek() != ")":
            name = self.name(FIELD, "a field")
            if name in fields:
                raise Bad(f"field {name} stands twice")
            if self.peek() == ":":
                self.take(":")
                fields[name] = self.type()
            elif allow_enum:
                fields[name] = None
            else:
                raise Bad(f"field {name} has no type")
            # A comment between a field and its comma is refused.
            if self.peek() != ")":
                if self.peek().startswith("#"):
                    self.skip_comments()
                    if self.peek() != ")":
                        raise Bad("a comment between a field and its comma")
                    break
                self.take(",")
                self.skip_comments()
                if self.peek() == ")":
                    raise Bad("a comma after the last field")
        self.take(")")
        if len({kind is None for kind in fields.values()}) > 1:
            raise Bad("fields and enumeration values mixed")
        return fields

    def type(self):
        optional = self.peek() == "?"
        if optional:
            self.take("?")
        container = self.peek() in ("[]", "[string]")
        if container:
            self.take()
            if self.peek() in ("?", "[]", "[string]"):
                raise Bad("a container of containers or of optional values: wrap it in a type")
        if self.peek() == "(":
            fields = self.struct(allow_enum=True)
            if container and not fields:
                raise Bad("a set")
            return "struct"
        word = self.take()
        if word not in BASIC:
            if not MEMBER.match(word):
                raise Bad(f"{word!r} is no type")
            self.used.add(word)
        return word


def refused(text):
    try:
        Reader(text).file()
    except Bad:
        return True
    return False


REFUSED = [
    "interface a\n", "interface 1.b\n", "interface a_b.c\n", "interface a..b\n", "interface a.-b\n",
    "interface a.b\ntype t (x: int)", "interface a.b\ntype T_T (x: int)", "interface a.b\ntype T (x: any)",
    "interface a.b\ntype T (x: []?int)", "interface a.b\ntype T (x: [string]?int)",
    "interface a.b\ntype T (x: [string]())", "interface a.b\ntype T (x: [][]int)",
    "interface a.b\ntype T (x: [string][]int)", "interface a.b\ntype T (x: int,)",
    "interface a.b\ntype T (x: int # why\n, y: int)", "interface a.b\nerror E", "interface a.b\nmethod M()",
    "interface a.b\ntype T (_x: int)", "interface a.b\ntype T (x_: int)", "interface a.b\ntype T (x__y: int)",
    "interface a.b\ntype T (x-y: int)", "interface a.b\ntype T (x: int, x: int)", "interface a.b\ntype T (x: Gone)",
    "interface a.b\ntype T ()\nerror T ()", "interface a.b\ntype T (x, y: int)", "interface a.b\nmethod M() -> (x)",
]
ACCEPTED = [
    "interface a.b\n", "interface com.example-1.b2\n", "interface a.b\ntype T (x: ?[]T, y: [string]T, z: (one, two))",
    "interface a.b\nmethod M() -> () # end\nerror E ()", "interface a.b\ntype T (x: int, # why\n y: int)",
]


def main():
    problems = [f"accepted, but it must not be: {text!r}" for text in REFUSED if not refused(text)]
    problems += [f"refused, but it must not be: {text!r}" for text in ACCEPTED if refused(text)]
    members = {}
    try:
        members = Reader(open(sys.argv[1], encoding="utf-8").read()).file()
    except Bad as bad:
        problems.append(f"{sys.argv[1]}: {bad}")
    kinds = re.findall(r'ErrorKind::k\w+, "(\w+)"', open(sys.argv[2], encoding="utf-8").read())
    names = {"".join(part.capitalize() for part in kind.split("_")) for kind in kinds}
    errors = {name: fields for name, (kind, fields) in members.items() if kind == "error"}
    if len(names) < 30 or names != set(errors):
        problems.append(f"errors and error kinds differ: {sorted(names ^ set(errors))}")
    problems += [f"error {name} has other fields than message and hint" for name, fields in errors.items()
                 if fields != {"message": "string", "hint": "string"}]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
