//! How good a model is: ranking, similarity and rejection, measured on a set of questions.
//!
//! An [evaluation set](EvaluationSet) is a folder of CSV files; [`evaluate`] embeds its products and questions and
//! compares the rankings of the model, of names and words, and of both together with what people judged.

mod metrics;
mod report;
mod set;

pub use metrics::{Ranking, Threshold, auroc, mean_and_deviation, ndcg, recall, reciprocal_rank, spearman, threshold};
pub use report::{Cosines, Report, Scores, System, evaluate};
pub use set::{EvaluationSet, Question, SentencePair};
