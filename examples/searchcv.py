"""A search in the place of scikit-learn's RandomizedSearchCV, side by side with it.

python examples/searchcv.py
"""

import warnings

from scipy.stats import loguniform, randint
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tunesmith
from tunesmith.integrations import SearchCV

SPACE = {
    "sgdclassifier__alpha": loguniform(1e-7, 1),
    "sgdclassifier__eta0": loguniform(1e-4, 10),
    "sgdclassifier__penalty": ["l2", "l1"],
    "sgdclassifier__learning_rate": ["constant", "invscaling", "adaptive"],
    "sgdclassifier__n_iter_no_change": randint(2, 8),
}


def main() -> None:
    warnings.filterwarnings("ignore", module="sklearn")  # models that have not converged
    tunesmith.logging.set_verbosity(tunesmith.logging.WARNING)
    x, y = load_digits(return_X_y=True)
    model = make_pipeline(StandardScaler(), SGDClassifier(max_iter=20, random_state=0))

    random = RandomizedSearchCV(model, SPACE, n_iter=24, cv=3, random_state=0).fit(x, y)
    search = SearchCV(model, SPACE, n_trials=24, cv=3, random_state=0).fit(x, y)

    print(f"RandomizedSearchCV  {random.best_score_:.4f}")
    print(f"SearchCV            {search.best_score_:.4f}, {search.n_pruned_} of 24 ended early")
    for name, value in search.best_params_.items():
        print(f"    {name.removeprefix('sgdclassifier__')} = {value}")


if __name__ == "__main__":
    main()
