#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""UDP in a pod: "udp.py serve PORT" sends everybody back what comes; "udp.py ask ADDRESS PORT SIZE COUNT" has that done
ten times with COUNT datagrams of SIZE bytes, which the kernel gets in one piece where they are several."""
import errno
import ipaddress
import socket
import sys

UDP_SEGMENT = 103  # linux/udp.h
ROUNDS = 10


def serve(port):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        server.bind(("::", port))
        while True:
            server.sendto(*server.recvfrom(65536))


def datagram(number, size):
    return bytes((number * 7 + i) % 251 for i in range(size))


def send(client, datagrams):
    try:
        client.send(b"".join(datagrams))
    except OSError as error:
        # Before Linux 6.11 it is no use asking for that where checksums are not left to the device.
        if error.errno != errno.EIO:
            raise
        for one in datagrams:
            client.send(one)


def ask(address, port, size, count):
    family = socket.AF_INET if ipaddress.ip_address(address).version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.connect((address, port))
        if count > 1:
            client.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, size)
        for turn in range(ROUNDS):
            sent = [datagram(turn * count + i, size) for i in range(count)]
            send(client, sent)
            if sorted(client.recv(65536) for _ in sent) != sorted(sent):
                sys.exit(f"{count} datagrams of {size} bytes did not come back from {address} as they were")


if sys.argv[1] == "serve":
    serve(int(sys.argv[2]))
else:
    ask(sys.argv[2], *map(int, sys.argv[3:6]))
