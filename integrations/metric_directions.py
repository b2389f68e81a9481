"""Directions of metrics that their frameworks know nothing about, by their names."""

from __future__ import annotations

import re

_HIGHER_IS_BETTER = frozenset(
    ("acc", "accuracy", "auc", "auprc", "auroc", "bleu", "f1", "iou", "precision", "r2", "recall")
)
_LOWER_IS_BETTER = frozenset(
    ("error", "logloss", "loss", "mae", "mape", "mse", "nll", "perplexity", "rmse", "wer")
)
# What may follow the metric without changing its direction ...
_ADDITIONS = frozenset(("avg", "epoch", "macro", "mean", "micro", "step", "top1", "top5"))
# ... and what turns it round.
_NEGATIONS = frozenset(("inv", "inverse", "minus", "neg", "negative"))


def is_higher_better(name: str) -> bool | None:
    """Whether a metric of this name is to be maximized; None if the name does not tell.

    The name has to end with a metric of which there is no doubt, such as ``"val_auc"``,
    ``"val/loss"`` and ``"train_loss_epoch"``.

    Examples
    --------
    >>> is_higher_better("val_auc"), is_higher_better("train_loss"), is_higher_better("score")
    (True, False, None)
    >>> is_higher_better("neg_loss"), is_higher_better("loss_scale")
    (None, None)
    """
    words = re.findall(r"[a-z]+\d*|\d+", name.lower())
    while words and words[-1] in _ADDITIONS:
        words.pop()
    if not words or words[0] == "1" or _NEGATIONS & set(words):  # 1 - auc
        return None
    if words[-1] in _LOWER_IS_BETTER:
        return False
    return True if words[-1] in _HIGHER_IS_BETTER else None
