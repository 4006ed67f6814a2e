#!/usr/bin/env python3
"""Writes shares.txt: a split made by a second implementation of the format of src/share.rs.

The key is bytes 0, 7, 14, …; k = 3, n = 5; the coefficients are SHA-256 of their degree.
"""
import hashlib

def mul(a, b):
    r = 0
    while b:
        if b & 1:
            r ^= a
        a <<= 1
        if a & 0x100:
            a ^= 0x11D
        b >>= 1
    return r

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

def bech32m(hrp, data):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [int(bits[i:i + 5], 2) for i in range(0, len(bits), 5)]
    check = 1
    expanded = [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]
    for value in expanded + values + [0] * 6:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate([0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3]):
            check ^= generator if top >> bit & 1 else 0
    check ^= 0x2BC830A3
    values += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return hrp + "1" + "".join(CHARSET[v] for v in values)

key = bytes(i * 7 % 256 for i in range(32))
k, n, set_id = 3, 5, b"\x01\x23\x45\x67\x89\xab\xcd\xef"
check = hashlib.sha256(b"plexichat share check 1" + set_id + bytes([k, n]) + key).digest()[:16]
degrees = [key] + [hashlib.sha256(bytes([degree])).digest() for degree in range(1, k)]
shares = []
for x in range(1, n + 1):
    y = []
    for at in range(32):
        value = 0
        for degree in reversed(degrees):
            value = mul(value, x) ^ degree[at]
        y.append(value)
    shares.append(bytes([1]) + set_id + bytes([x, k, n]) + check + bytes(y))
commitments = b"".join(hashlib.sha256(b"plexichat share commitment 1" + share).digest() for share in shares)
print("# Written by shares.py: the description of a set in hexadecimal, then its five shares.")
print((bytes([1]) + set_id + bytes([k, n]) + check + commitments).hex())
for share in shares:
    text = bech32m("plexi-share", share)
    print(" ".join(text[i:i + 4] for i in range(0, len(text), 4)))
