//! The command line: reads arguments and files, calls the library, writes results to standard output.

#[cfg(not(target_arch = "wasm32"))]
mod commands;

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    commands::run()
}

/// There is no command line in a browser; this lets `cargo test --target wasm32-unknown-unknown` build the package.
#[cfg(target_arch = "wasm32")]
fn main() {}
