//! What the built program loads.

use crate::city::run;

#[test]
fn obzor_loads_no_gdal_and_no_second_sqlite_or_proj() {
    let libraries = run("ldd", &[env!("CARGO_BIN_EXE_obzor")]);
    assert!(libraries.contains("libc.so"), "{libraries}");
    for foreign in ["libgdal", "libproj", "libspatialite", "libsqlite3"] {
        assert!(!libraries.contains(foreign), "{libraries}");
    }
}
