"""Reads every layer of a service with GDAL's OGC API Features driver and compares it with a file, feature by feature.

Usage: read_by_gdal.py SERVICE FILE LAYER[=CONDITION]...   (the condition says which rows of the file everybody sees)
Prints one line for each layer; what differs ends it with status 1.
"""

import json
import struct
import sys

import numpy
import pyogrio
from pyogrio.raw import read

# How far a vertex may lie from the stored one, in metres: answers have a few decimals.
TOLERANCE = 0.02


def features(source, layer, **how):
    meta, _, geometries, columns = read(source, layer=layer, **how)
    names = list(meta["fields"])
    ids = columns[names.index("id")]
    return meta, {
        one: (geometry, {name: column[row] for name, column in zip(names, columns)})
        for row, (one, geometry) in enumerate(zip(ids, geometries if geometries is not None else [None] * len(ids)))
    }


def positions(wkb):
    """Returns all coordinates of a geometry in their order, rings turned the same way: RFC 7946 turns them its own."""
    found = []

    def points(at, order):
        count = struct.unpack_from(order + "I", wkb, at)[0]
        numbers = numpy.frombuffer(wkb, order + "f8", 2 * count, at + 4).reshape(-1, 2)
        return numbers, at + 4 + 16 * count

    def turned(ring):
        x, y = (ring - ring[0]).T
        return ring[::-1] if (x[:-1] * y[1:] - x[1:] * y[:-1]).sum() < 0 else ring

    def walk(at):
        order = "<" if wkb[at] == 1 else ">"
        kind = struct.unpack_from(order + "I", wkb, at + 1)[0]
        at += 5
        if kind == 1:
            found.append(numpy.frombuffer(wkb, order + "f8", 2, at).reshape(1, 2))
            return at + 16
        if kind == 2:
            line, at = points(at, order)
            found.append(line)
            return at
        parts = struct.unpack_from(order + "I", wkb, at)[0]
        at += 4
        for _ in range(parts):
            if kind == 3:
                ring, at = points(at, order)
                found.append(turned(ring))
            else:
                at = walk(at)
        return at

    walk(0)
    return numpy.concatenate(found)


def same(served, stored):
    """Whether two values are the same, as far as both formats can write them."""
    if served is None or stored is None or served != served or stored != stored:
        return (served is None or served != served) and (stored is None or stored != stored)
    if isinstance(stored, (bool, numpy.bool_)) or isinstance(served, (bool, numpy.bool_)):
        return bool(served) == bool(stored)
    if isinstance(stored, (int, float, numpy.number)):
        return abs(float(served) - float(stored)) < 1e-9
    if str(stored).startswith(("[", "{")):
        parsed = served if isinstance(served, (list, dict)) else json.loads(str(served))
        return parsed == json.loads(str(stored))
    return str(served)[:19] == str(stored)[:19]


def compare(service, file, name, condition):
    meta, served = features(service, name)
    _, stored = features(file, name, where=condition)
    problems = []
    if set(served) != set(stored):
        problems.append(f"{len(served)} features are served, {len(stored)} stored")
    for one in set(served) & set(stored):
        (geometry, values), (stored_geometry, stored_values) = served[one], stored[one]
        for field in set(values) & set(stored_values) - {"id", "fid", "rev"}:
            if not same(values[field], stored_values[field]):
                problems.append(f"{one}.{field}: {values[field]!r} is served, {stored_values[field]!r} stored")
        if (geometry is None) != (stored_geometry is None):
            problems.append(f"{one} has a geometry in one place only")
        elif geometry is not None and meta["crs"] == "EPSG:5514":
            here, there = positions(geometry), positions(stored_geometry)
            if here.shape != there.shape or numpy.abs(here - there).max() > TOLERANCE:
                problems.append(f"{one} lies elsewhere")
    print(f"{name}: {len(served)} features in {meta['crs']}")
    return problems


def main():
    service, file, *layers = sys.argv[1:]
    print("GDAL", ".".join(map(str, pyogrio.__gdal_version__)))
    problems = []
    for layer in layers:
        name, _, condition = layer.partition("=")
        problems += [f"{name}: {one}" for one in compare(service, file, name, condition or None)]
    print("\n".join(problems[:20]))
    sys.exit(1 if problems else 0)


main()
