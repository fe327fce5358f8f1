//! The abstract tests that are not ported, each with its reason.

/// The part of the standard, the identifier, and why there is nothing to ask.
pub(super) const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("features-1", "/conf/gmlsf0/content", NO_GML),
    ("features-1", "/conf/gmlsf0/definition", NO_GML),
    ("features-1", "/conf/gmlsf2/content", NO_GML),
    ("features-1", "/conf/gmlsf2/definition", NO_GML),
    ("features-1", "/conf/oas31/completeness", NO_OPENAPI_3_1),
    ("features-1", "/conf/oas31/exceptions-codes", NO_OPENAPI_3_1),
    ("features-1", "/conf/oas31/oas-definition-1", NO_OPENAPI_3_1),
    ("features-1", "/conf/oas31/oas-definition-2", NO_OPENAPI_3_1),
    ("features-1", "/conf/oas31/oas-impl", NO_OPENAPI_3_1),
    ("features-1", "/conf/oas31/security", NO_OPENAPI_3_1),
    ("features-3", "/conf/filter/get-functions", NO_FUNCTIONS),
    ("cql2", "/conf/functions/functions", NO_FUNCTIONS),
    (
        "features-5",
        "/conf/references/role-reference",
        NO_REFERENCES,
    ),
    (
        "features-5",
        "/conf/profile-references/get-conformance",
        NO_REFERENCES,
    ),
    (
        "features-5",
        "/conf/profile-references/ref-profiles",
        NO_REFERENCES,
    ),
    (
        "features-5",
        "/conf/profile-references/rel-as-key",
        NO_REFERENCES,
    ),
    (
        "features-5",
        "/conf/profile-references/rel-as-link",
        NO_REFERENCES,
    ),
    (
        "features-5",
        "/conf/profile-references/rel-as-uri",
        NO_REFERENCES,
    ),
    (
        "features-5",
        "/conf/profile-parameter/get-conformance",
        NO_PROFILES,
    ),
    (
        "features-5",
        "/conf/profile-parameter/profile-param",
        NO_PROFILES,
    ),
    (
        "features-5",
        "/conf/profile-parameter/profile-param-response",
        NO_PROFILES,
    ),
    (
        "features-5",
        "/conf/profile-codelists/codelists",
        NO_PROFILES,
    ),
    (
        "features-5",
        "/conf/profile-codelists/get-conformance",
        NO_PROFILES,
    ),
    ("features-5", "/conf/profile-domains/domains", NO_PROFILES),
    (
        "features-5",
        "/conf/profile-domains/get-conformance",
        NO_PROFILES,
    ),
    (
        "features-5",
        "/conf/profile-domains/get-queryables-uris",
        NO_PROFILES,
    ),
    (
        "features-8",
        "/conf/sorting/sortby-order-default",
        NO_DEFAULT_ORDER,
    ),
    (
        "features-9",
        "/conf/features-filter/get-collections",
        NO_TEXT_SEARCH,
    ),
    (
        "features-9",
        "/conf/features-filter/get-conformance",
        NO_TEXT_SEARCH,
    ),
    (
        "features-9",
        "/conf/features-filter/text-search-on-items",
        NO_TEXT_SEARCH,
    ),
    (
        "features-9",
        "/conf/text-search/get-conformance",
        NO_TEXT_SEARCH,
    ),
    ("features-9", "/conf/text-search/q-param", NO_TEXT_SEARCH),
    (
        "features-11",
        "/conf/create-replace-delete/crs/crs84",
        NO_BATCHES,
    ),
    (
        "features-11",
        "/conf/create-replace-delete/crs/geojson",
        NO_BATCHES,
    ),
    (
        "features-11",
        "/conf/create-replace-delete/crs/storage-crs",
        NO_BATCHES,
    ),
];

const NO_GML: &str = "features are not answered as GML; no client of the city reads it alone";
const NO_OPENAPI_3_1: &str = "the interface is described by OpenAPI 3.0, which all clients read";
const NO_FUNCTIONS: &str = "filters have the functions of the standard alone";
const NO_REFERENCES: &str = "a feature names another by its number in the municipality, not by the identity of the standard";
const NO_PROFILES: &str = "answers have one profile; codes and their titles are in the schema";
const NO_DEFAULT_ORDER: &str = "no order is promised to who does not ask for one";
const NO_TEXT_SEARCH: &str = "texts are found by `/search`, in all layers at once";
const NO_BATCHES: &str = "what is sent together goes to `/operations`, which merges";
