"""Tune a small transformer, made from a configuration, with the Trainer of transformers.

pip install "tunesmith[transformers]" torch
"""

import numpy as np
import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

import tunesmith
from tunesmith.integrations import TransformersPruningCallback


class Sequences(torch.utils.data.Dataset):
    """Sequences of tokens; the question is whether token 1 comes before token 2."""

    def __init__(self, n_rows: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        tokens = [rng.permutation(8) for _ in range(n_rows)]
        self.rows = [
            {"input_ids": row, "labels": int(np.argmax(row == 1) < np.argmax(row == 2))}
            for row in tokens
        ]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict:
        return self.rows[index]


def objective(trial: tunesmith.Trial) -> float:
    transformers.set_seed(0)
    sizes = {"hidden_size": trial.suggest_int("hidden_size", 8, 32, step=8), "vocab_size": 8}
    config = BertConfig(**sizes, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    args = TrainingArguments(
        output_dir="transformers_runs",
        learning_rate=trial.suggest_float("learning_rate", 1e-4, 3e-2, log=True),
        num_train_epochs=5,
        per_device_train_batch_size=64,
        eval_strategy="epoch",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    callback = TransformersPruningCallback(trial, "eval_loss")
    data = {"train_dataset": Sequences(512, seed=0), "eval_dataset": Sequences(256, seed=1)}
    model = BertForSequenceClassification(config)
    trainer = Trainer(model=model, args=args, callbacks=[callback], **data)
    trainer.remove_callback(transformers.PrinterCallback)
    trainer.train()
    return trainer.evaluate()["eval_loss"]


if __name__ == "__main__":
    study = tunesmith.create_study(sampler=tunesmith.samplers.AutoSampler(seed=0))
    study.optimize(objective, n_trials=6)
    print(f"Best cross-entropy {study.best_value:.3f} with {study.best_params}")
