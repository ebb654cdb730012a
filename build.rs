//! Builds the program again when a bundle that ships in it changes.

fn main() {
    println!("cargo:rerun-if-changed=policies");
}
