#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends one echo request from an invented source out of a device, or with --advertise a neighbour
advertisement behind a hop-by-hop header.

With --vni it is wrapped in VXLAN, as a stranger on the underlay could do; without it is sent as it
is, as a pod could do. --fragment cuts the outer packet after its first 8 bytes, so that only the UDP
header is in the first fragment.
"""

import argparse
import errno
import socket
import struct

SOL_PACKET, PACKET_QDISC_BYPASS = 263, 20
VXLAN_PORT = 4789


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def ethernet(to, source, payload, protocol=0x0800):
    return mac(to) + mac(source) + struct.pack("!H", protocol) + payload


def ipv4(source, to, protocol, payload, offset=0, more=False):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0x4E53, offset // 8 | more << 13, 64, protocol, 0,
                         socket.inet_aton(source), socket.inet_aton(to))
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def echo_request():
    message = struct.pack("!BBHHH", 8, 0, 0, 66, 1) + b"forged!!" * 4
    return message[:2] + struct.pack("!H", checksum(message)) + message[4:]


def advertisement(a, own):
    """Overrides whatever the receiver knows of the address."""
    source, to, target = (socket.inet_pton(socket.AF_INET6, text) for text in (a.inner_source, a.inner_to, a.advertise))
    message = struct.pack("!BBHI", 136, 0, 0, 0x20000000) + target + struct.pack("!BB", 2, 1) + mac(own)
    covered = source + to + struct.pack("!II", len(message), 58) + message
    message = message[:2] + struct.pack("!H", checksum(covered)) + message[4:]
    padding = struct.pack("!BBBBI", 58, 0, 1, 4, 0)
    return struct.pack("!IHBB", 6 << 28, len(padding + message), 0, 255) + source + to + padding + message


def inner_frame(a, own):
    if a.advertise:
        return ethernet(a.inner_mac, own, advertisement(a, own), 0x86DD)
    return ethernet(a.inner_mac, a.inner_source_mac or own, ipv4(a.inner_source, a.inner_to, 1, echo_request()))


def frames(a, own):
    """The frames to send; own is the address of the sending device."""
    inner = inner_frame(a, own)
    if a.vni is None:
        return [inner]
    vxlan = struct.pack("!II", 0x08 << 24, a.vni << 8) + inner
    udp = struct.pack("!HHHH", 50000, VXLAN_PORT, 8 + len(vxlan), 0) + vxlan
    if not a.fragment:
        return [ethernet(a.mac, own, ipv4(a.source, a.to, 17, udp))]
    return [ethernet(a.mac, own, ipv4(a.source, a.to, 17, udp[:8], more=True)),
            ethernet(a.mac, own, ipv4(a.source, a.to, 17, udp[8:], offset=8))]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("device")
    p.add_argument("--vni", type=int, help="VXLAN network; needs --mac, --source and --to")
    p.add_argument("--mac", help="outer destination")
    p.add_argument("--source", help="outer source")
    p.add_argument("--to", help="outer destination")
    p.add_argument("--fragment", action="store_true")
    p.add_argument("--inner-mac", required=True)
    p.add_argument("--inner-source-mac", help="default: the sending device's")
    p.add_argument("--inner-source", default="192.0.2.66")
    p.add_argument("--inner-to", required=True)
    p.add_argument("--advertise", metavar="ADDRESS", help="of the sending device; inner source and destination are IPv6")
    p.add_argument("--past-qdiscs", action="store_true", help="and past what is attached there")
    a = p.parse_args()
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0)) as s:
        s.setsockopt(SOL_PACKET, PACKET_QDISC_BYPASS, a.past_qdiscs)
        s.bind((a.device, 0))
        own = s.getsockname()[4].hex()
        for frame in frames(a, own):
            try:
                s.send(frame)
            except OSError as error:
                # A program at our own end dropped it.
                if error.errno != errno.ENOBUFS:
                    raise


if __name__ == "__main__":
    main()
