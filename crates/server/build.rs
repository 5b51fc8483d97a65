//! Builds again when the web app was built again: it goes into the binary.

fn main() {
    println!("cargo::rerun-if-changed=../../web/dist");
    println!("cargo::rerun-if-changed=../../web/dist/manifest.json");
    println!("cargo::rerun-if-changed=../../web/dist/report/manifest.json");
}
