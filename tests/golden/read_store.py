#!/usr/bin/env python3
"""Opens a store, closed or as a crash left it, with nothing but docs/store-format.md: a second reader.
Usage: read_store.py KEY_FILE STORE_FILE. Ends with 1 and a reason when a byte is not as the page says."""
import hashlib
import hmac
import sqlite3
import struct
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PREFIX, PAGE, RESERVE, BLOCK, FRAME = 65536, 4096, 64, 4096, 24 + 4096
BODY = PAGE - RESERVE
LOCK_PAGE = (1 << 30) // PAGE + 1


class Bad(Exception):
    pass


class Store:
    def __init__(self, key, prefix):
        blocks = [b for b in (prefix[:BLOCK], prefix[BLOCK:2 * BLOCK]) if self.is_whole(b)]
        if not blocks:
            raise Bad("no superblock is whole")
        block = max(blocks, key=lambda b: struct.unpack_from("<Q", b, 136))
        if struct.unpack_from("<HHHHIB", block, 8) != (1, 1, 1, 0, PAGE, RESERVE):
            raise Bad("unknown format")
        self.id, self.salt = block[24:40], block[40:72]
        (self.epoch,) = struct.unpack_from("<I", block, 72)
        self.log_state, self.log_number, self.log_header = block[144], block[148:152], block[152:184]
        master = self.master(key, prefix)
        if hmac.digest(self.derive(master, "superblock"), block[:192], "sha256") != block[192:224]:
            raise Bad("the superblock is not authentic")
        data_key = AESGCM(self.derive(master, "wrap")).decrypt(block[76:88], block[88:136], block[:76])
        self.pages, self.frames = self.derive(data_key, "pages"), self.derive(data_key, "frames")

    @staticmethod
    def is_whole(block):
        return (block[:8] == b"KAMILIS1" and hashlib.sha256(block[:224]).digest() == block[224:256]
                and not any(block[256:]))

    def master(self, key, prefix):
        for at in (12288, 12288 + 16384):
            area = prefix[at:at + 16384]
            for slot in (area[i:i + 512] for i in range(512, 512 * 17, 512)):
                salt, wrapped = slot[24:56], slot[56:116]
                if slot[0] not in (1, 2) or self.derive(key, "slot commit", salt) != slot[116:148]:
                    continue
                wrap, aad = AESGCM(self.derive(key, "slot wrap", salt)), f"kamili slot {slot[0]} {self.id.hex()}"
                master = wrap.decrypt(wrapped[:12], wrapped[12:], aad.encode())
                covered = area[:32] + area[512:512 * 17]
                seal = hmac.digest(self.derive(master, "slots", self.id), covered, "sha256")
                if seal == area[32:64] and hashlib.sha256(covered + seal).digest() == area[64:96]:
                    return master
        raise Bad("wrong key")

    def derive(self, key, purpose, salt=None):
        info = f"kamili {purpose} ".encode() + self.id
        return HKDF(algorithm=SHA256(), length=32, salt=salt or self.salt, info=info).derive(key)

    def page(self, number, record):
        session, nonce, tag = record[BODY:BODY + 12], record[BODY + 12:BODY + 24], record[BODY + 24:BODY + 40]
        epoch = struct.unpack_from("<I", record, BODY + 40)[0]
        aad = self.id + struct.pack("<IB3xQ8x", epoch, 1, number)
        return xaes_open(self.pages, session + nonce, record[:BODY] + tag, aad) + bytes(RESERVE)

    def frame(self, index, salts, raw):
        """(page number, size after commit or 0, transaction, page)"""
        record = raw[24:]
        counter = struct.unpack_from("<I", record, BODY + 44)[0]
        nonce = bytes(a ^ b for a, b in zip(record[BODY + 12:BODY + 24], struct.pack("<I8x", counter)))
        aad = (self.id + struct.pack("<IB3xQ", self.epoch, 2, index) + salts + record[BODY + 24:BODY + 40]
               + struct.pack("<I", counter) + self.log_number)
        header = xaes_open(self.frames, record[BODY:BODY + 12] + nonce, raw[:24] + record[BODY + 48:], aad)
        number, size = struct.unpack_from(">II", header)
        return number, size, struct.unpack_from("<Q", header, 8)[0], self.page(number, record)


def xaes_open(key, nonce, sealed, aad):
    """XAES-256-GCM of C2SP: a key from the first half of the nonce, AES-256-GCM with the second."""
    aes = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    subkey = int.from_bytes(aes.update(bytes(16)), "big") << 1
    subkey = (subkey ^ (0x87 if subkey >> 128 else 0)) & ((1 << 128) - 1)
    blocks = [int.from_bytes(bytes([0, part, ord("X"), 0]) + nonce[:12], "big") ^ subkey for part in (1, 2)]
    derived = b"".join(aes.update(block.to_bytes(16, "big")) for block in blocks)
    return AESGCM(derived).decrypt(nonce[12:], sealed, aad)


def read_log(store, log):
    """The newest committed version of each page in the log, and the database's size after it."""
    pages, pending, size, last = {}, {}, None, 0
    is_used = store.log_state != 0 and log[:32] == store.log_header
    for index in range((len(log) - 32) // FRAME if is_used else 0):
        try:
            frame = log[32 + index * FRAME:32 + (index + 1) * FRAME]
            number, committed, transaction, page = store.frame(index, log[16:24], frame)
        except InvalidTag:
            break
        if transaction != last + 1:
            break
        pending[number] = page
        if committed:
            pages.update(pending)
            pending, size, last = {}, committed, transaction
    return pages, size


def read_image(store, body, log):
    if not body or len(body) % PAGE:
        raise Bad("the file does not end with a whole page")
    newer, size = read_log(store, log)
    pages = []
    for number in range(1, (size or len(body) // PAGE) + 1):
        record = body[(number - 1) * PAGE:number * PAGE]
        if number not in newer and number != LOCK_PAGE and any(record[BODY + 44:]):
            raise Bad(f"page {number} has bytes where none belong")
        pages.append(newer.get(number) or (bytes(PAGE) if number == LOCK_PAGE else store.page(number, record)))
    return b"".join(pages)


def main():
    key = bytes.fromhex(Path(sys.argv[1]).read_text(encoding="ascii"))
    file, log = Path(sys.argv[2]).read_bytes(), Path(sys.argv[2] + "-wal")
    image = read_image(Store(key, file[:PREFIX]), file[PREFIX:], log.read_bytes() if log.exists() else b"")
    # A database in memory has no log, so its header must not ask for one.
    image = image[:18] + b"\1\1" + image[20:]
    database = sqlite3.connect(":memory:")
    database.deserialize(image)
    if database.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
        raise Bad("the database is not whole")
    print(f"pages {len(image) // PAGE}")
    print(f"schema {database.execute('PRAGMA user_version').fetchone()[0]}")
    print(f"events {database.execute('SELECT count(*) FROM events').fetchone()[0]}")
    for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name"):
        print(f"table {name}")


if __name__ == "__main__":
    try:
        main()
    except (Bad, InvalidTag) as fault:
        print(f"{sys.argv[2]}: {fault or 'a page is not authentic'}", file=sys.stderr)
        sys.exit(1)
