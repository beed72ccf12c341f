"""One training step of `yaksearch train` against the same step in PyTorch: same checkpoint, pairs, batches and loss.

    python benches/training/compare.py CHECKPOINT target/release/yaksearch [--pairs 48] [--steps 8] [--threads 2] [--factors bf16]

The vocabulary of both is pruned: PyTorch loads the folder that yaksearch wrote. Both drop out, clip and use AdamW.
"""

import argparse
import csv
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

SYLLABLES = "가나다라마바사아자차카타파하약통증열기침두정진해염산성분용법제"


def text(seed: int, length: int) -> str:
    """Syllables that XLM-R's tokenizer cuts into about `length` pieces, the two special ones included."""
    state, words = seed * 2654435761 + 1, []
    for _ in range(max(length - 3, 1)):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        words.append(SYLLABLES[(state >> 33) % len(SYLLABLES)])
    return " ".join(words)


def recipe(base: str, folder: Path, arguments: argparse.Namespace) -> str:
    return f"""
base = "{base}"
output = "{folder}/run"
seed = 1
factors = "{arguments.factors}"
dropout = 0.1
save_every = 1000000
[vocabulary]
pieces = 15000
[prompts]
query = ""
passage = ""
[[stages]]
name = "speed"
data = ["{folder}/pairs.csv"]
loss = {{ kind = "contrastive", temperature = 0.03 }}
learning_rate = 1e-5
batch = {arguments.pairs}
clip = 1.0
"""


def ours(arguments: argparse.Namespace, folder: Path) -> list[float]:
    (folder / "recipe.toml").write_text(recipe(arguments.checkpoint, folder, arguments))
    environment = os.environ | {"RAYON_NUM_THREADS": str(arguments.threads)}
    command = [arguments.yaksearch, "train", "--config", folder / "recipe.toml"]
    subprocess.run(command, check=True, env=environment)
    with open(folder / "run" / "steps.csv", encoding="utf-8") as file:
        return [float(row["pairs"]) / float(row["pairs_per_second"]) for row in csv.DictReader(file)]


def pytorch(arguments: argparse.Namespace, folder: Path) -> tuple[list[float], float]:
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.set_num_threads(arguments.threads)
    tokenizer = AutoTokenizer.from_pretrained(folder / "run" / "model")
    model = AutoModel.from_pretrained(folder / "run" / "model", attn_implementation=arguments.attention).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-5, weight_decay=0.01)
    with open(folder / "pairs.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times, tokens = [], []
    for start in range(0, len(rows), arguments.pairs):
        batch = rows[start : start + arguments.pairs]
        begin = time.perf_counter()
        texts = [row["query"] for row in batch] + [row["passage"] for row in batch]
        inputs = tokenizer(texts, padding=True, return_tensors="pt")
        mask = inputs["attention_mask"].unsqueeze(-1).float()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=arguments.factors == "bf16"):
            states = model(**inputs).last_hidden_state.float()
        vectors = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1))
        logits = vectors[: len(batch)] @ vectors[len(batch) :].T / 0.03
        loss = torch.nn.functional.cross_entropy(logits, torch.arange(len(batch)))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        times.append(time.perf_counter() - begin)
        tokens.append(float(mask.sum()) / len(batch))
    return times, statistics.mean(tokens)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("yaksearch")
    parser.add_argument("--pairs", type=int, default=48)
    parser.add_argument("--tokens", type=int, nargs=2, default=[16, 16], help="of a question and of a text")
    parser.add_argument("--mixed", action="store_true", help="lengths from a third to all of --tokens")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--factors", choices=["f32", "bf16"], default="f32", help="bf16: PyTorch by its autocast")
    parser.add_argument("--attention", default="sdpa")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open(folder / "pairs.csv", "w", encoding="utf-8") as file:
            print("query,passage", file=file)
            for row in range(arguments.pairs * arguments.steps):
                share = (1 + row % 3) / 3 if arguments.mixed else 1
                cells = [text(2 * row + side, int(share * arguments.tokens[side])) for side in range(2)]
                print(",".join(cells), file=file)
        runs = {"yaksearch": ours(arguments, folder)}
        runs["PyTorch"], tokens = pytorch(arguments, folder)
    print(f"{arguments.pairs} pairs a step, {tokens:.1f} tokens a pair, {arguments.threads} threads")
    for system, times in runs.items():
        # The first step of both fills caches and pools.
        median = statistics.median(times[1:])
        print(f"{system:>10}: {median:.2f} s a step, {arguments.pairs / median:.1f} pairs/s  (steps {min(times[1:]):.2f} to {max(times[1:]):.2f} s)")


if __name__ == "__main__":
    main()
