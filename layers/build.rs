//! Has the crate built again when a file that it embeds is added or removed, which cargo does not see by itself.

fn main() {
    println!("cargo::rerun-if-changed=definitions");
}
