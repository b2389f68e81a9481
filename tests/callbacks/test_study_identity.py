from __future__ import annotations

import pytest

import tunesmith
from tunesmith.callbacks.study_identity import study_identity


def test_a_study_keeps_it_wherever_it_is_loaded(tmp_path):
    url = f"sqlite:///{tmp_path / 'study.db'}"
    study = tunesmith.create_study(study_name="s", storage=url)
    identity = study_identity(study)
    assert len(identity) == 32
    assert int(identity, 16) > 0
    assert study_identity(tunesmith.load_study(study_name="s", storage=url)) == identity
    assert study_identity(tunesmith.create_study(study_name="other", storage=url)) != identity


def test_studies_of_one_name_have_different_ones():
    studies = [tunesmith.create_study(study_name="s") for _ in range(3)]
    assert len({study_identity(study) for study in studies}) == 3


def test_a_copy_under_another_name_is_another_study(tmp_path):
    url = f"sqlite:///{tmp_path / 'study.db'}"
    study = tunesmith.create_study(study_name="s", storage=url)
    identity = study_identity(study)
    tunesmith.copy_study(
        from_study_name="s", from_storage=url, to_storage=url, to_study_name="copy"
    )
    copy = tunesmith.load_study(study_name="copy", storage=url)
    assert study_identity(copy) != identity
    assert study_identity(copy) == study_identity(copy)
    assert study_identity(study) == identity


def test_it_is_no_attribute_of_the_users():
    study = tunesmith.create_study()
    study_identity(study)
    assert study.user_attrs == {}


def test_of_workers_that_begin_at_once_the_last_to_write_counts(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'study.db'}"
    study = tunesmith.create_study(study_name="s", storage=url)
    seconds = []

    def rival_writes(pause):
        seconds.append(pause)
        attrs = study.storage.get_study_system_attrs(study.study_id)
        [(key, value)] = attrs.items()
        rival = {**value, "identity": "of the rival"}
        study.storage.set_study_system_attr(study.study_id, key, rival)

    monkeypatch.setattr("tunesmith.callbacks.study_identity.time.sleep", rival_writes)
    assert study_identity(study) == "of the rival"
    assert study_identity(study) == "of the rival"
    [pause] = seconds  # only when it wrote
    assert pause >= 0.5


def test_nobody_is_waited_for_where_there_can_be_no_other_worker(monkeypatch):
    monkeypatch.setattr("tunesmith.callbacks.study_identity.time.sleep", pytest.fail)
    assert study_identity(tunesmith.create_study())
