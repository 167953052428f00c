"""A daemon of a few lines for the tests of kamilictl: speaks varlink (JSON objects ended by a NUL) on
a Unix socket and answers from a script."""
import json
import os
import socket
import threading

INTERFACE = "com.kamililabsllc.Kamili."


class Failure(Exception):
    """Raised by an answer: becomes an error reply of that kind."""

    def __init__(self, kind, message="it went wrong", hint=""):
        super().__init__(kind)
        self.kind, self.message, self.hint = kind, message, hint


class FakeDaemon:
    """`answers` maps a short method name to a value, or to a function of the parameters. A list means
    the parts of a stream; an Ellipsis in it means that the stream stays open after what came before."""

    def __init__(self, path, answers, refuse=False):
        self.path, self.answers, self.refuse = path, answers, refuse
        self.calls = []
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(path)
        self._listener.listen(16)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        os.unlink(self.path)

    def asked(self, method):
        """The parameters of each call of that method, in order."""
        with self._changed:
            return [parameters for name, parameters in self.calls if name == method]

    def wait_for(self, method, timeout=20):
        """The parameters of the first call of that method, once it came."""
        with self._changed:
            seen = self._changed.wait_for(
                lambda: [p for name, p in self.calls if name == method], timeout)
        if not seen:
            raise AssertionError(f"{method} was never called")
        return seen[0]

    def _accept(self):
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self.refuse:
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        data = b""
        with connection:
            while True:
                try:
                    got = connection.recv(65536)
                except OSError:
                    return
                if not got:
                    return
                data += got
                while b"\0" in data:
                    frame, data = data.split(b"\0", 1)
                    if not self._answer(connection, json.loads(frame)):
                        return

    def _answer(self, connection, call):
        name = call["method"]
        assert name.startswith(INTERFACE), name
        name = name[len(INTERFACE):]
        parameters = call.get("parameters") or {}
        with self._changed:
            self.calls.append((name, parameters))
            self._changed.notify_all()
        try:
            answer = self.answers[name]
            if callable(answer):
                answer = answer(parameters)
        except Failure as failure:
            return self._send(connection, {
                "error": INTERFACE + failure.kind,
                "parameters": {"message": failure.message, "hint": failure.hint}})
        parts = answer if isinstance(answer, list) else [answer]
        for i, part in enumerate(parts):
            if part is ...:
                self._stop.wait(30)
                return False
            reply = {"parameters": part}
            if i + 1 < len(parts):
                assert call.get("more"), f"{name} was not called with more"
                reply["continues"] = True
            if not self._send(connection, reply):
                return False
        return True

    @staticmethod
    def _send(connection, reply):
        try:
            connection.sendall(json.dumps(reply).encode() + b"\0")
            return True
        except OSError:
            return False
