#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""strangers.py KIND COUNT ADDRESS PORT: so many connections of who does not belong there, and how long they are let be.

KIND: idle (they say nothing), half (they begin a TLS handshake and stop), http (they speak HTTP/1.1), garbage. Prints "open"
when all of them are made, and when each has been closed by the other side, "closed".
"""
import socket
import ssl
import sys


def first_flight():
    """What a TLS client says first."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    try:
        context.wrap_bio(incoming, outgoing, server_hostname="localhost").do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def main():
    kind, count, address, port = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    said = {
        "idle": b"",
        "half": first_flight()[:100],
        "http": b"GET / HTTP/1.1\r\nHost: here\r\n\r\n",
        "garbage": bytes(range(256)) * 64,
    }[kind]
    connections = []
    for _ in range(count):
        connection = socket.create_connection((address, port), timeout=30)
        if said:
            connection.sendall(said)
        connections.append(connection)
    print("open", flush=True)
    for connection in connections:
        try:
            while connection.recv(65536):
                pass
        except ConnectionError:
            pass
    print("closed", flush=True)


main()
