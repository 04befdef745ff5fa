//! Compiling, where a hostile file hurts most: in a child process with little time and memory, or right here.
//!
//! The child is this same program (`frontdesk compile-module`): a component comes in on standard input, native code goes
//! out on standard output, a reason on standard error. It limits itself before it looks at a byte.

use std::{
    io::{Read, Write},
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::Stdio,
    time::Duration,
};

use nix::sys::resource::{Resource, setrlimit};
use tokio::{io::AsyncWriteExt, process::Command};

use crate::engine::engine;

/// Processor time, memory and patience for one component.
const CPU_SECONDS: u64 = 20;
const MEMORY: u64 = 2 << 30;
const PATIENCE: Duration = Duration::from_secs(60);
/// Signals that tell what ran out.
const SIGXCPU: i32 = 24;
const SIGKILL: i32 = 9;

/// Where compiling happens.
#[derive(Debug, Clone)]
pub enum Compiling {
    /// In this process: for tests and tools that compile only what they built themselves.
    Here,
    /// In a child: this program must know the argument `compile-module`.
    InChild(PathBuf),
}

/// Why there is no native code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    #[error("{0}")]
    Invalid(String),
    #[error("compiling it takes more than {CPU_SECONDS} seconds of processor time")]
    TooLong,
    #[error("compiling it takes more than 2 GiB of memory")]
    TooMuchMemory,
    #[error("the compiler could not be run: {0}")]
    NoCompiler(String),
}

impl Compiling {
    pub(crate) async fn compile(&self, bytes: Vec<u8>) -> Result<Vec<u8>, CompileError> {
        match self {
            Self::Here => {
                let compiled = tokio::task::spawn_blocking(move || precompiled(&bytes)).await;
                compiled.unwrap_or_else(|panic| Err(CompileError::NoCompiler(panic.to_string())))
            }
            Self::InChild(program) => in_child(program, bytes).await,
        }
    }
}

async fn in_child(program: &PathBuf, bytes: Vec<u8>) -> Result<Vec<u8>, CompileError> {
    let failed = |error: std::io::Error| CompileError::NoCompiler(error.to_string());
    let mut child = Command::new(program)
        .arg("compile-module")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let mut stdin = child.stdin.take();
    let feed = async move {
        if let Some(stdin) = &mut stdin {
            // A child that died early says why by its exit.
            let _fed = stdin.write_all(&bytes).await;
        }
    };
    let work = async {
        let ((), output) = tokio::join!(feed, child.wait_with_output());
        output
    };
    let Ok(output) = tokio::time::timeout(PATIENCE, work).await else { return Err(CompileError::TooLong) };
    let output = output.map_err(failed)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    match output.status.signal() {
        Some(SIGXCPU | SIGKILL) => Err(CompileError::TooLong),
        // Running out of memory aborts.
        Some(_) => Err(CompileError::TooMuchMemory),
        None => Err(CompileError::Invalid(String::from_utf8_lossy(&output.stderr).trim().chars().take(500).collect())),
    }
}

fn precompiled(bytes: &[u8]) -> Result<Vec<u8>, CompileError> {
    let engine = engine().map_err(|error| CompileError::NoCompiler(error.to_string()))?;
    engine.precompile_component(bytes).map_err(|error| CompileError::Invalid(format!("{error:#}")))
}

/// The child's whole work. An error is the reason to print.
pub fn compile_standard_input(most: usize) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    // One second more until the kill that cannot be caught.
    setrlimit(Resource::RLIMIT_CPU, CPU_SECONDS, CPU_SECONDS + 1).map_err(|error| told(&error))?;
    setrlimit(Resource::RLIMIT_AS, MEMORY, MEMORY).map_err(|error| told(&error))?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0).map_err(|error| told(&error))?;
    setrlimit(Resource::RLIMIT_FSIZE, 0, 0).map_err(|error| told(&error))?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(|error| told(&error))?;
    if bytes.len() > most {
        return Err(format!("more than {most} bytes"));
    }
    let native = precompiled(&bytes).map_err(|error| told(&error))?;
    let mut out = std::io::stdout().lock();
    out.write_all(&native).and_then(|()| out.flush()).map_err(|error| told(&error))
}
