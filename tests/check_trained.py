"""Loads a trained model with sentence-transformers and compares its vectors with those of `yaksearch embed`.

    python tests/check_trained.py runs/two-stage/model target/release/yaksearch
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer

TEXTS = [
    "열을 내리는 약은?",
    "타이레놀정500mg 해열·진통·소염제 아세트아미노펜",
    "머리가 지끈거려요",
    "혈압을 낮추는 약 말고 올리는 약",
    "acetaminophen 650 mg",
    "로라타딘 10mg",
]


def main(model: str, yaksearch: str) -> None:
    python = SentenceTransformer(model, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        texts, vectors = Path(folder, "texts.txt"), Path(folder, "vectors.npy")
        texts.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
        for role in ["query", "passage", "raw"]:
            command = [yaksearch, "embed", "--model", model, "--role", role]
            subprocess.run([*command, "--input", texts, "--output", vectors], check=True)
            ours = np.load(vectors)
            prompt = python.prompts.get(role, "") if role != "raw" else ""
            theirs = python.encode(TEXTS, prompt=prompt, normalize_embeddings=True)
            worst = float(np.abs(ours - theirs).max())
            scores = float(np.abs(ours @ ours.T - theirs @ theirs.T).max())
            print(f"{role}: prompt {prompt!r}, vectors differ by {worst:.1e}, scores by {scores:.1e}")
            if not worst < 1e-5:
                sys.exit(f"{role}: the vectors differ")


if __name__ == "__main__":
    main(*sys.argv[1:])
