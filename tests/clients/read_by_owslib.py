"""Reads a service with OWSLib: what it offers, its layers, their schemas and some features. Usage: read_by_owslib.py URL"""

import sys

from owslib.ogcapi.features import Features


def main():
    service = Features(sys.argv[1])
    assert service.links and service.conformance()["conformsTo"]
    assert service.api()["openapi"].startswith("3.0")
    names = service.feature_collections()
    assert len(names) > 15, names
    for name in names:
        collection = service.collection(name)
        assert collection["id"] == name
        page = service.collection_items(name, limit=3)
        assert len(page["features"]) == page["numberReturned"] <= 3
        feature = page["features"][0]
        one = service.collection_item(name, feature["id"])
        assert one["properties"] == feature["properties"], name
    print(f"{len(names)} layers read")


main()
