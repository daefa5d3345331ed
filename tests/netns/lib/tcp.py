#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""TCP in a pod: "tcp.py serve PORT" sends everybody back what comes; "tcp.py ask ADDRESS PORT BYTES" has that done."""
import socket
import sys
import threading


def give_back(connection):
    with connection:
        while data := connection.recv(65536):
            connection.sendall(data)


def serve(port):
    with socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        while True:
            threading.Thread(target=give_back, args=(server.accept()[0],), daemon=True).start()


def ask(address, port, size):
    sent = bytes(i % 251 for i in range(size))
    with socket.create_connection((address, port), timeout=10) as connection:
        threading.Thread(target=connection.sendall, args=(sent,), daemon=True).start()
        received = b""
        while len(received) < size and (data := connection.recv(65536)):
            received += data
    if received != sent:
        sys.exit(f"{len(received)} of {size} bytes came back from {address}")


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    ask(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
