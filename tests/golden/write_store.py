#!/usr/bin/env python3
"""Makes a store from SQL with nothing but docs/store-format.md: a second writer.
Usage: write_store.py KEY_FILE STORE_FILE NEW_KEY_FILE NEW_STORE_FILE < SQL
Reads a closed store, carries the SQL out on its rows and seals the result under keys of its own,
for the key in NEW_KEY_FILE, which is made when it is not there."""
import hashlib
import hmac
import os
import sqlite3
import struct
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from read_store import BODY, LOCK_PAGE, PAGE, PREFIX, RESERVE, Store, read_image


class NewStore:
    def __init__(self, secret):
        self.id, self.salt, self.session = os.urandom(16), os.urandom(32), os.urandom(12)
        self.master, self.data_key = os.urandom(32), os.urandom(32)
        self.aes = self.session_key(self.derive(self.data_key, "pages"))
        block = self.superblock()
        slots = self.slots(secret)
        self.prefix = (block * 2 + bytes(4096) + slots * 2).ljust(PREFIX, b"\0")

    def derive(self, key, purpose, salt=None):
        info = f"kamili {purpose} ".encode() + self.id
        return HKDF(algorithm=SHA256(), length=32, salt=salt or self.salt, info=info).derive(key)

    def superblock(self):
        block = b"KAMILIS1" + struct.pack("<HHHHIB3x", 1, 1, 1, 0, PAGE, RESERVE)
        block += self.id + self.salt + struct.pack("<I", 1)
        nonce = os.urandom(12)
        wrap = AESGCM(self.derive(self.master, "wrap"))
        block += nonce + wrap.encrypt(nonce, self.data_key, block)
        # The first generation of a store without a log.
        block = (block + struct.pack("<Q", 1)).ljust(192, b"\0")
        block += hmac.digest(self.derive(self.master, "superblock"), block, "sha256")
        return (block + hashlib.sha256(block).digest()).ljust(4096, b"\0")

    def slots(self, secret):
        salt, nonce = os.urandom(32), os.urandom(12)
        wrap = AESGCM(self.derive(secret, "slot wrap", salt))
        slot = struct.pack("<B15xQ", 1, 0) + salt + nonce
        slot += wrap.encrypt(nonce, self.master, f"kamili slot 1 {self.id.hex()}".encode())
        slot = (slot + self.derive(secret, "slot commit", salt)).ljust(512, b"\0")
        head, table = b"KAMILIK1" + struct.pack("<Q", 1) + self.id, slot.ljust(16 * 512, b"\0")
        seal = hmac.digest(self.derive(self.master, "slots", self.id), head + table, "sha256")
        head += seal + hashlib.sha256(head + table + seal).digest()
        return (head.ljust(512, b"\0") + table).ljust(16384, b"\0")

    def session_key(self, key):
        aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
        subkey = int.from_bytes(aes.update(bytes(16)), "big") << 1
        subkey = (subkey ^ (0x87 if subkey >> 128 else 0)) & ((1 << 128) - 1)
        blocks = [int.from_bytes(bytes([0, part, ord("X"), 0]) + self.session, "big") ^ subkey for part in (1, 2)]
        return AESGCM(b"".join(aes.update(block.to_bytes(16, "big")) for block in blocks))

    def record(self, number, page):
        if number == LOCK_PAGE:
            return bytes(PAGE)
        nonce, aad = os.urandom(12), self.id + struct.pack("<IB3xQ8x", 1, 1, number)
        sealed = self.aes.encrypt(nonce, page[:BODY], aad)
        return sealed[:BODY] + self.session + nonce + sealed[BODY:] + struct.pack("<I20x", 1)


def carry_out(image, sql):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "plain.db")
        path.write_bytes(image[:18] + b"\1\1" + image[20:])
        database = sqlite3.connect(path)
        database.executescript(sql)
        database.close()
        image = path.read_bytes()
    # Write-ahead logging, as a store's header says.
    return image[:18] + b"\2\2" + image[20:]


def main():
    key = bytes.fromhex(Path(sys.argv[1]).read_text(encoding="ascii"))
    file = Path(sys.argv[2]).read_bytes()
    image = carry_out(read_image(Store(key, file[:PREFIX]), file[PREFIX:], b""), sys.stdin.read())
    new_key = Path(sys.argv[3])
    secret = bytes.fromhex(new_key.read_text(encoding="ascii")) if new_key.exists() else os.urandom(32)
    store = NewStore(secret)
    pages = (image[at:at + PAGE] for at in range(0, len(image), PAGE))
    Path(sys.argv[4]).write_bytes(store.prefix + b"".join(store.record(i, page) for i, page in enumerate(pages, 1)))
    new_key.write_text(secret.hex() + "\n", encoding="ascii")
    for path in sys.argv[3:5]:
        os.chmod(path, 0o600)


if __name__ == "__main__":
    main()
