"""What measurements of queries have in common."""
import json
import time

from measure import INTERFACE


def quantiles(seconds):
    ordered = sorted(seconds)
    return ordered[len(ordered) // 2] * 1e3, ordered[int(len(ordered) * 0.99)] * 1e3


def first_part(client, parameters):
    """Seconds to the first part and to the last under `more`."""
    call = {"method": INTERFACE + "ListOccurrences", "parameters": parameters, "more": True}
    began = time.perf_counter()
    client.socket.sendall(json.dumps(call).encode() + b"\0")
    first = None
    while True:
        while b"\0" not in client.rest:
            client.rest += client.socket.recv(1 << 20)
        first = first or time.perf_counter() - began
        frame, client.rest = client.rest.split(b"\0", 1)
        if not frame.endswith(b'"continues":true}'):
            return first, time.perf_counter() - began
