"""Workers of Tunesmith's and of Optuna's run on one study at the same time.

Both libraries see the same trials then, and so does optuna-dashboard in a real browser.
"""

from __future__ import annotations

import collections
import functools
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from .fleet import TRIALS_EACH, opened, optuna_storage, run_fleet

STORAGES = ["sqlite", "postgresql", "mariadb", "journal", "redis"]
READY_WITHIN = 60.0  # seconds
# As root and without a screen; and it should look for nothing outside.
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,1000",
]


@pytest.fixture(scope="module")
def browser(pytestconfig, tmp_path_factory):
    selenium = pytest.importorskip("selenium.webdriver")
    programs = [shutil.which("chromium"), shutil.which("chromedriver")]
    if None in programs:
        missing = "chromium or chromedriver is not installed"
        if pytestconfig.getoption("--require-servers"):
            pytest.fail(missing)
        pytest.skip(missing)
    options = selenium.ChromeOptions()
    options.binary_location = programs[0]
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    driver = selenium.Chrome(options=options, service=selenium.ChromeService(programs[1]))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def made(request, tmp_path_factory):
    """Make a study of a fleet's in a storage, once; return the URL and the workers' names."""
    folder = tmp_path_factory.mktemp("fleet")

    @functools.cache
    def make(storage):
        if storage == "sqlite":
            url = f"sqlite:///{folder / 'study.db'}"
        elif storage == "journal":
            url = f"journal://{folder / 'study.log'}"
        else:
            url = request.getfixturevalue(f"{storage}_server").new_database()
        return url, run_fleet(url)

    return make


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_two_workers_of_either_library_share_a_study(storage, made):
    url, names = made(storage)

    ours = opened("tunesmith", url).trials
    storage_of_optuna = optuna_storage(url)
    theirs = opened("optuna", storage_of_optuna).trials
    if hasattr(storage_of_optuna, "engine"):
        storage_of_optuna.engine.dispose()
    assert [trial.number for trial in ours] == list(range(len(names) * TRIALS_EACH))
    assert all(trial.state.is_finished() for trial in ours)
    n_trials = collections.Counter(trial.user_attrs["worker"] for trial in ours)
    assert n_trials == dict.fromkeys(names, TRIALS_EACH)
    states = collections.Counter(trial.state.name for trial in ours)
    assert states["COMPLETE"] > 0
    assert states["PRUNED"] > 0
    assert [as_written(trial) for trial in ours] == [as_written(trial) for trial in theirs]


def as_written(trial):
    system_attrs = {
        key: value for key, value in trial.system_attrs.items() if not key.startswith("tunesmith:")
    }
    return {
        "number": trial.number,
        "state": trial.state.name,
        "values": trial.values,
        "params": trial.params,
        "distributions": {key: repr(value) for key, value in trial.distributions.items()},
        "intermediate_values": trial.intermediate_values,
        "user_attrs": trial.user_attrs,
        "system_attrs": system_attrs,
        "datetime_start": trial.datetime_start,
        "datetime_complete": trial.datetime_complete,
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, made):
    return made(request.param)[0]


@pytest.fixture
def dashboard(url, tmp_path):
    """The address of a dashboard on the storage."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", "import optuna_dashboard._cli as c; c.main()", url]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    log = tmp_path / "dashboard.log"
    with log.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as server:
        address = f"http://127.0.0.1:{port}"
        wait_until(functools.partial(answers, address), log)
        yield address
        server.terminate()


def answers(address):
    try:
        with urllib.request.urlopen(f"{address}/api/studies", timeout=5) as response:
            return json.load(response)["study_summaries"][0]["study_name"] == "shared"
    except OSError:
        return False


def wait_until(is_so, log):
    until = time.monotonic() + READY_WITHIN
    while not is_so():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.1)


def table_shown(browser):
    script = (
        "return [...document.querySelectorAll('tr')]"
        ".map(row => [...row.querySelectorAll('th, td')].map(cell => cell.innerText))"
    )
    header, *rows = browser.execute_script(script) or [[]]
    names = [name.partition("\n")[0] for name in header]
    return [dict(zip(names, row, strict=True)) for row in rows]


def test_shows_the_trials(url, dashboard, browser, tmp_path):
    trials = opened("tunesmith", url).trials
    browser.get(f"{dashboard}/dashboard/studies/1/smartSelection")
    wait_until(lambda: len(table_shown(browser)) >= 50, tmp_path / "dashboard.log")  # a page

    for trial, row in zip(trials, table_shown(browser), strict=False):
        assert row["Number"] == str(trial.number)
        assert row["State"].upper() == trial.state.name
        assert row["Value"] == "" or float(row["Value"]) == trial.value
        assert (row["Value"] == "") == (trial.value is None)
        assert row["Param kind"] == str(trial.params["kind"])
        assert int(row["Param n"]) == trial.params["n"]
        assert float(row["Param x"]) == trial.params["x"]
        assert row["UserAttribute worker"] == trial.user_attrs["worker"]

    browser.get(f"{dashboard}/dashboard/studies/1/trials")
    pruned = next(trial for trial in trials if trial.state.name == "PRUNED")

    def page():
        return browser.execute_script("return document.body.innerText")

    wait_until(lambda: "60 Trials" in page(), tmp_path / "dashboard.log")
    browser.get(f"{dashboard}/dashboard/studies/1/trials?numbers={pruned.number}")
    reports = "\n".join(f"{step} {value!r}" for step, value in pruned.intermediate_values.items())
    wait_until(lambda: f"Trial {pruned.number} (trial_id=" in page(), tmp_path / "dashboard.log")
    assert reports in page().replace("\n\n", "\n")
