#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A name server on UDP port 53 of an address, with bad manners.

slow ANSWERING_SERVER: passes questions on to a good server, and the answers back after --delay seconds.
failing: answers SERVFAIL. refusing: answers REFUSED.
wrong: answers another question under another id. garbage: answers with what is no message.
"""

import argparse
import heapq
import select
import socket
import time

CODES = {"failing": 2, "refusing": 5}


def answer(manner, question):
    """What comes back at once."""
    if manner == "garbage":
        return question[:2] + b"garbage, and more of it"
    if manner == "wrong":
        flipped = bytes([question[0] ^ 1, question[1], 0x81, 0x80])
        return flipped + question[4:13] + bytes([question[13] ^ 1]) + question[14:]
    return question[:2] + bytes([0x81, 0x80 | CODES[manner]]) + question[4:]


def serve_slowly(server, good, delay):
    """Answers in the order of the questions, each `delay` later."""
    waiting, asked = [], {}
    upstream = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:
        left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([server, upstream], [], [], left)
        if server in ready:
            question, client = server.recvfrom(4096)
            # Different clients may use the same id.
            number = len(asked) % 65536
            asked[number] = (client, question[:2])
            upstream.sendto(number.to_bytes(2, "big") + question[2:], (good, 53))
        if upstream in ready:
            reply = upstream.recv(4096)
            client, own_id = asked[int.from_bytes(reply[:2], "big")]
            heapq.heappush(waiting, (time.monotonic() + delay, own_id + reply[2:], client))
        while waiting and waiting[0][0] <= time.monotonic():
            _, reply, client = heapq.heappop(waiting)
            server.sendto(reply, client)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("address")
    p.add_argument("manner", choices=["slow", "failing", "refusing", "wrong", "garbage"])
    p.add_argument("good", nargs="?", help="the server that answers for the slow one")
    p.add_argument("--delay", type=float, default=0.25)
    a = p.parse_args()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((a.address, 53))
        if a.manner == "slow":
            serve_slowly(server, a.good, a.delay)
        while True:
            question, client = server.recvfrom(4096)
            server.sendto(answer(a.manner, question), client)


if __name__ == "__main__":
    main()
