"""Works out the layer hash of features as they came, the way docs/history.md says: one JSON array on standard input."""

import hashlib
import json
import struct
import sys


def canonical(value):
    if value is None:
        return b"n"
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, (int, float)):
        return b"d" + struct.pack(">d", float(value) + 0.0)
    if isinstance(value, str):
        text = value.encode()
        return b"s%d:" % len(text) + text
    if isinstance(value, list):
        return b"[" + b"".join(map(canonical, value)) + b"]"
    members = [(name.encode(), canonical(name) + canonical(value)) for name, value in value.items() if value is not None]
    return b"{" + b"".join(member for _, member in sorted(members)) + b"}"


def feature_hash(feature):
    form = canonical({name: feature[name] for name in ("id", "geometry", "properties")})
    return int.from_bytes(hashlib.sha256(form).digest()[:16], "big")


features = json.load(sys.stdin)
print(len(features), "%032x" % (sum(map(feature_hash, features)) % 2**128))
