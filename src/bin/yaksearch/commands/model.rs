//! `--model` and what goes with it.

use std::path::{Path, PathBuf};

use clap::Args;
use yaksearch::{Backend, Checkpoint, Device, Embedder, Error, Options, Precision, Prompts, Result, Role};

/// Which model, and where to run it.
#[derive(Args)]
pub struct ModelArguments {
    /// Folder of a packed, sentence-transformers or Hugging Face model; with the `hub` feature also ORG/NAME
    #[arg(long, value_name = "DIR")]
    model: String,
    /// Where to compute: cpu, cuda, cuda:N or metal (GPUs need a build with that feature)
    #[arg(long, default_value = "cpu")]
    device: Device,
    /// Expand a packed model's integers to floats, instead of computing on them
    #[arg(long)]
    dense: bool,
    /// What a dense model computes in: f32, f16 or bf16
    #[arg(long, default_value = "f32")]
    dtype: Precision,
    #[command(flatten)]
    prompts: PromptArguments,
}

/// Prompts that replace the checkpoint's own.
#[derive(Args)]
pub struct PromptArguments {
    /// Put this before questions instead of the model's own prompt (E5 wants "query: ")
    #[arg(long, value_name = "TEXT")]
    query_prompt: Option<String>,
    /// Put this before texts to be found instead of the model's own prompt (E5 wants "passage: ")
    #[arg(long, value_name = "TEXT")]
    passage_prompt: Option<String>,
}

impl PromptArguments {
    pub fn to_prompts(&self) -> Prompts {
        Prompts {
            query: self.query_prompt.clone(),
            passage: self.passage_prompt.clone(),
        }
    }
}

impl ModelArguments {
    /// Where the model lies.
    pub fn folder(&self) -> Result<PathBuf> {
        find(&self.model)
    }

    pub fn load(&self) -> Result<Embedder> {
        let checkpoint = Checkpoint::from_folder(&self.folder()?)?;
        let options = Options {
            backend: if self.dense { Backend::Dense } else { Backend::Auto },
            device: self.device,
            precision: self.dtype,
            prompts: self.prompts.to_prompts(),
        };
        Embedder::load(checkpoint, &options)
    }
}

/// Says on standard error where a role has no prompt: E5 models are much worse without.
pub fn warn_about_prompt(embedder: &Embedder, role: Role) {
    let prompts = &embedder.facts().prompts;
    let (prompt, option) = match role {
        Role::Query => (&prompts.query, "--query-prompt"),
        Role::Passage => (&prompts.passage, "--passage-prompt"),
        Role::Raw => return,
    };
    if prompt.is_none() {
        eprintln!("note: the model names no prompt for this role, so nothing is added; {option} sets one");
    }
}

/// The folder that `--model` or `--checkpoint` names.
pub fn find(name: &str) -> Result<PathBuf> {
    let folder = Path::new(name);
    if folder.is_dir() {
        return Ok(folder.to_owned());
    }
    #[cfg(feature = "hub")]
    if let [organisation, model] = name.split('/').collect::<Vec<_>>()[..]
        && !organisation.is_empty()
        && !model.is_empty()
        && !organisation.starts_with('.')
    {
        return super::hub::download(organisation, model);
    }
    Err(Error::Input(format!(
        "{name}: no such folder; name a model's folder{}",
        if cfg!(feature = "hub") {
            " or ORG/NAME on the hub"
        } else {
            " (ORG/NAME on a hub needs a build with `--features hub`)"
        }
    )))
}
