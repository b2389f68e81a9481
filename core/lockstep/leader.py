"""What a process answers to those that run the same objective as followers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ..distributions import distribution_to_json
from .channel import Server
from .runs import TICK, LedTrial, runs
from .trial_json import trial_to_json

TOPIC = "study"
_HOLD = 1.0  # seconds after which the answer is that there is none yet

Reply = dict[str, Any]


def lead(server: Server) -> None:
    """Let other processes follow this one's trials."""
    server.offer(
        TOPIC,
        {
            "next_trial": _next_trial,
            "parameter": _parameter,
            "decision": _decision,
            "state": _state,
            "ended_trials": _ended_trials,
            "farewell": _farewell,
            "gone": _gone,
        },
    )


def _wait_for(look: Callable[[], Reply | None]) -> Reply:
    """Look until there is an answer; an empty one says that it is worth while to ask again."""
    deadline = time.monotonic() + _HOLD
    while (reply := look()) is None:
        if time.monotonic() > deadline:
            return {}
        time.sleep(TICK)
    return reply


def _next_trial(number: int, place: int) -> Reply:
    def look() -> Reply | None:
        run = runs.get(number)
        if run is None:
            return None
        led = run.trials.get(place)
        if led is not None or not run.is_over:
            run.followers[threading.get_ident()] = place
        if led is not None:
            record = led.trial.record
            start = record.datetime_start
            return {
                "number": record.number,
                "trial_id": record.trial_id,
                "user_attrs": led.trial.user_attrs,
                "datetime_start": None if start is None else start.isoformat(),
            }
        return {"is_over": True, "has_failed": run.has_failed} if run.is_over else None

    return _wait_for(look)


def _parameter(number: int, place: int, name: str) -> Reply:
    def look() -> Reply | None:
        led = _led(number, place)
        asked = led.trial.asked(name)
        if asked is not None:
            value, distribution = asked
            return {
                "internal": distribution.to_internal_repr(value),
                "distribution": distribution_to_json(distribution),
            }
        return None if led.state is None else {"is_over": True}

    return _wait_for(look)


def _decision(number: int, place: int, index: int) -> Reply:
    def look() -> Reply | None:
        led = _led(number, place)
        if index < len(led.decisions):
            return {"decision": led.decisions[index]}
        return None if led.state is None else {"is_over": True}

    return _wait_for(look)


def _state(number: int, place: int) -> Reply:
    def look() -> Reply | None:
        state = _led(number, place).state
        return None if state is None else {"state": state.name}

    return _wait_for(look)


def _ended_trials(number: int, n_known: int) -> list[str]:
    """All trials from a number on, up to the first one that has not ended."""
    run = runs.get(number)
    study = None if run is None else run.study()
    if study is None:
        return []
    texts = []
    for trial in study.get_trials(deepcopy=False)[n_known:]:
        if not trial.state.is_finished():
            break
        texts.append(trial_to_json(trial))
    return texts


def _farewell(number: int) -> None:
    run = runs.get(number)
    if run is not None:
        run.followers.pop(threading.get_ident(), None)


def _gone() -> None:
    runs.forget_follower(threading.get_ident())


def _led(number: int, place: int) -> LedTrial:
    run = runs.get(number)
    led = None if run is None else run.trials.get(place)
    if led is None:
        raise ValueError(f"No trial {place} of call {number} of optimize() is running.")
    return led
