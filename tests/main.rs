//! End to end: the built program, driven by real clients. One module per path of the design.
