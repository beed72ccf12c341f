//! Making an index: embedding the texts of a catalogue, step by step, so that a run that was stopped goes on.

use std::ops::ControlFlow;

use super::{Catalogue, Index, IndexTexts, IndexVectors, Tables};
use crate::checkpoint::Role;
use crate::embedder::Embedder;
use crate::error::Result;

/// Texts that are embedded, and kept, at a time: seconds of work, and enough to batch texts of like length.
const STEP: usize = 256;

impl Index {
    /// Embeds the [`IndexTexts`] of a catalogue; `progress` is told how many are done, and can stop the work.
    ///
    /// # Errors
    /// As [`Embedder::embed_with`].
    pub fn build(
        embedder: &Embedder,
        catalogue: Catalogue,
        tables: &Tables,
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Self> {
        let texts = IndexTexts::new(&catalogue.records, tables);
        let vectors = embed(embedder, &texts, Vec::new(), |_| Ok(()), progress)?;
        Self::of_texts(embedder, catalogue, tables, &texts, &vectors)
    }

    /// As [`build`](Self::build), with what is done kept in the file `partial`: the next call with the same model, texts
    /// and file does not do it again. A file of other texts, or of another model, is written anew.
    ///
    /// The index is the same, stopped or not. The file stays until the caller, who has written the index by then, takes
    /// it away.
    ///
    /// # Errors
    /// As [`build`](Self::build); [`Error::Io`](crate::Error::Io) where `partial` cannot be read or written.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn build_resumable(
        embedder: &Embedder,
        catalogue: Catalogue,
        tables: &Tables,
        partial: &std::path::Path,
        progress: impl FnMut(usize) -> ControlFlow<()>,
    ) -> Result<Self> {
        let texts = IndexTexts::new(&catalogue.records, tables);
        let (mut kept, vectors) = super::partial::Partial::open(partial, embedder, &texts)?;
        let vectors = embed(embedder, &texts, vectors, |more| kept.append(more), progress)?;
        Self::of_texts(embedder, catalogue, tables, &texts, &vectors)
    }

    fn of_texts(
        embedder: &Embedder,
        catalogue: Catalogue,
        tables: &Tables,
        texts: &IndexTexts,
        vectors: &[f32],
    ) -> Result<Self> {
        let dimensions = embedder.facts().dimensions;
        let (passages, rest) = vectors.split_at(texts.passages.len() * dimensions);
        let (phrases, questions) = rest.split_at(texts.phrases.len() * dimensions);
        let vectors = IndexVectors {
            dimensions,
            passages,
            phrases,
            questions,
        };
        Self::of_vectors(&embedder.facts().identity, catalogue, tables, vectors)
    }
}

/// The vectors of all texts, of which `vectors` are the first; `keep` is given the others as they come.
fn embed(
    embedder: &Embedder,
    texts: &IndexTexts,
    mut vectors: Vec<f32>,
    mut keep: impl FnMut(&[f32]) -> Result<()>,
    mut progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<Vec<f32>> {
    let mut before = 0;
    for (texts, role) in texts.by_role() {
        let done = (vectors.len() / embedder.facts().dimensions - before).min(texts.len());
        let mut before_step = before + done;
        for step in texts[done..].chunks(STEP) {
            let embeddings = embedder.embed_with(step, role, |done| progress(before_step + done))?;
            keep(&embeddings.vectors)?;
            vectors.extend(embeddings.vectors);
            before_step += step.len();
        }
        before += texts.len();
    }
    Ok(vectors)
}

impl IndexTexts {
    /// All texts, in the order of their vectors.
    pub(super) fn by_role(&self) -> [(&[String], Role); 3] {
        [
            (&self.passages, Role::Passage),
            (&self.phrases, Role::Passage),
            (self.questions(), Role::Query),
        ]
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::{Checkpoint, Error, Options};

    fn embedder() -> Embedder {
        let tiny = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny");
        Embedder::load(Checkpoint::from_folder(&tiny).unwrap(), &Options::default()).unwrap()
    }

    fn catalogue(count: usize) -> Catalogue {
        let rows: String = (0..count)
            .map(|row| format!("{row},약{row}정,{}\n", 111 + row % 4))
            .collect();
        Catalogue::from_csv("a.csv", format!("id,name,class_code\n{rows}").as_bytes()).unwrap()
    }

    #[test]
    fn a_stopped_run_goes_on_and_ends_alike() {
        let (embedder, tables) = (embedder(), Tables::built_in());
        let folder = tempfile::tempdir().unwrap();
        let partial = folder.path().join("a.partial");
        let whole = Index::build(&embedder, catalogue(300), &tables, |_| ControlFlow::Continue(())).unwrap();

        let stop = |done| match done {
            0..300 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        };
        let stopped = Index::build_resumable(&embedder, catalogue(300), &tables, &partial, stop);
        assert!(matches!(stopped, Err(Error::Cancelled { .. })));
        // Killed while writing: half a number at the end.
        let mut bytes = std::fs::read(&partial).unwrap();
        bytes.extend([1, 2]);
        std::fs::write(&partial, bytes).unwrap();

        let mut first = None;
        let watch = |done| {
            first.get_or_insert(done);
            ControlFlow::Continue(())
        };
        let again = Index::build_resumable(&embedder, catalogue(300), &tables, &partial, watch).unwrap();
        assert!(first.unwrap() > STEP, "the first step was not done again: {first:?}");
        assert_eq!(again.to_bytes(), whole.to_bytes());
    }

    #[test]
    fn what_was_kept_of_other_texts_is_not_taken() {
        let (embedder, tables) = (embedder(), Tables::built_in());
        let folder = tempfile::tempdir().unwrap();
        let partial = folder.path().join("a.partial");
        let go_on = |_| ControlFlow::Continue(());
        Index::build_resumable(&embedder, catalogue(3), &tables, &partial, go_on).unwrap();
        let other = Index::build_resumable(&embedder, catalogue(4), &tables, &partial, go_on).unwrap();
        let whole = Index::build(&embedder, catalogue(4), &tables, go_on).unwrap();
        assert_eq!(other.to_bytes(), whole.to_bytes());
        std::fs::write(&partial, "anything").unwrap();
        let other = Index::build_resumable(&embedder, catalogue(4), &tables, &partial, go_on).unwrap();
        assert_eq!(other.to_bytes(), whole.to_bytes());
    }

    #[test]
    fn a_question_lies_where_its_vector_does() {
        let (embedder, tables) = (embedder(), Tables::built_in());
        let index = Index::build(&embedder, catalogue(12), &tables, |_| ControlFlow::Continue(())).unwrap();
        let map = index.map();
        assert_eq!(map.products().len(), 12);
        assert_ne!(map.products()[0], map.products()[1]);
        // What a question excludes is no part of its vector.
        for (question, meaning) in [
            ("두통", "두통"),
            ("졸리지 않은 두통약", &index.understand("졸리지 않은 두통약").text),
        ] {
            let vector = embedder.embed(&[meaning], Role::Query).unwrap().vectors;
            assert_eq!(index.place(&embedder, question).unwrap(), map.place(&vector).unwrap());
        }

        let mut other = index;
        other.parts.model = "another".to_owned();
        let message = other.place(&embedder, "두통").unwrap_err().to_string();
        assert!(
            message.starts_with("the index was made with model another, not with "),
            "{message}"
        );
    }
}
