"""Judges a description by OpenAPI 3.0. Usage: validate_description.py FILE"""

import json
import sys

from openapi_spec_validator import OpenAPIV30SpecValidator

with open(sys.argv[1], encoding="utf-8") as file:
    errors = list(OpenAPIV30SpecValidator(json.load(file)).iter_errors())
for error in errors:
    print(error)
sys.exit(1 if errors else 0)
