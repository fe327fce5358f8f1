"""Judges catalogue records by the JSON schemas of the Czech norm and by SHACL shapes, without the network.

Takes the folder of reference data as argument and, on standard input, a list of cases:
{"name": ..., "catalog": record, "datasets": [record, ...]}. Prints, for each name, what the schemas and the shapes say.
"""
import json
import pathlib
import sys

from jsonschema import Draft202012Validator
from pyshacl import validate
from rdflib import Graph, Namespace
from referencing import Registry, Resource

SH = Namespace("http://www.w3.org/ns/shacl#")
FOLDER = pathlib.Path(sys.argv[1], "open-data")
NORM = FOLDER / "ofn-2024-05-28"
COMING = FOLDER / "ofn-draft-2026"
SCHEMAS = [
    json.loads(path.read_text())
    for folder in (NORM, COMING, FOLDER / "ofn-zakladni-datove-typy-2020-07-01")
    for path in folder.rglob("*.json")
]
REGISTRY = Registry().with_resources((each["$id"], Resource.from_contents(each)) for each in SCHEMAS)
CONTEXT = json.loads(next((NORM / "kontexty").glob("*.jsonld")).read_text())["@context"]
SHAPES = Graph().parse(FOLDER / "own" / "dcat-ap-cz-2024-05-28-gate.shacl.ttl")


def schema(name):
    """Returns the validator of one kind of record; `name` ends its address."""
    found = next(each for each in SCHEMAS if each["$id"].endswith(name))
    return Draft202012Validator(found, registry=REGISTRY)


def schema_errors(validator, record):
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(record)]


def graph(records):
    """Returns what the records say; the context that they name is that of the norm, or the schema has refused them."""
    together = Graph()
    for record in records:
        together.parse(data=json.dumps(record | {"@context": CONTEXT}), format="json-ld")
    return together


def shape_errors(records):
    _, results, _ = validate(graph(records), shacl_graph=SHAPES)
    return sorted(
        f"{results.value(result, SH.resultSeverity).fragment}: {results.value(result, SH.resultMessage)}"
        for result in results.subjects(SH.resultSeverity)
    )


def coming_errors(name, record):
    """Returns what the edition to come would say of the record with its own context in place of today's."""
    validator = schema(name)
    context = validator.schema["properties"]["@context"]["oneOf"][0]["const"]
    return schema_errors(validator, record | {"@context": context})


def judge(case):
    catalog, datasets = case["catalog"], case["datasets"]
    errors = schema_errors(schema("/2024-05-28/schémata/katalog.json"), catalog)
    coming = coming_errors("-rozhraní-katalogů-dat/draft/katalog/schéma.json", catalog)
    for dataset in datasets:
        errors += schema_errors(schema("/2024-05-28/schémata/datová-sada.json"), dataset)
        coming += coming_errors("-otevřená-data/draft/datová-sada/schéma.json", dataset)
    return {"schema": errors, "coming": coming, "shapes": shape_errors([catalog, *datasets])}


print(json.dumps({case["name"]: judge(case) for case in json.load(sys.stdin)}))
