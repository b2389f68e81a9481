"""What only a file can get wrong: torn and foreign lines, and who may write when."""

from __future__ import annotations

import json
import os

import pytest

import tunesmith
from tunesmith.exceptions import StorageInternalError
from tunesmith.records import StudyDirection, TrialState
from tunesmith.storages import JournalStorage, TrialUpdate
from tunesmith.storages.journal import JournalFileBackend, JournalFileOpenLock

FOREIGN = b"# restored from backup\n"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "study.log"


@pytest.fixture
def warnings_of(monkeypatch):
    """Messages that are logged, because the package's logger does not propagate."""
    messages = []

    def note(message, *args, **kwargs):
        messages.append(message % args)

    for module in ("file", "replay", "locks", "redis", "snapshot"):
        logger = getattr(tunesmith.storages.journal, module)._logger
        monkeypatch.setattr(logger, "warning", note)
    return messages


def opened(path):
    return JournalStorage(JournalFileBackend(str(path)))


def write_study(path, n_trials=3):
    study = tunesmith.create_study(study_name="s", storage=opened(path))
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=n_trials)
    return study


def count(monkeypatch, name):
    calls = []
    real = getattr(os, name)

    def counted(*args, **kwargs):
        calls.append(args)
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, counted)
    return calls


class TestAppending:
    def test_a_trial_without_reports_is_two_writes_and_one_sync(self, path, monkeypatch):
        study = write_study(path)
        syncs = []
        monkeypatch.setattr(tunesmith.storages.journal.file, "_sync", syncs.append)
        writes = count(monkeypatch, "write")
        study.optimize(
            lambda trial: sum(trial.suggest_float(name, 0, 1) for name in "abcde"), n_trials=1
        )

        assert len(writes) == 2
        assert len(syncs) == 1

    def test_lines_are_compact_json_in_ascii(self, path):
        storage = opened(path)
        study_id = storage.create_new_study([StudyDirection.MINIMIZE], "näme ☃\x00\n")
        storage.set_study_user_attr(study_id, "nan", float("nan"))
        first, second = path.read_bytes().splitlines()

        assert first.startswith(b'{"op_code":0,"worker_id":"')
        assert first.endswith(b'","study_name":"n\\u00e4me \\u2603\\u0000\\n","directions":[1]}')
        assert second.endswith(b'"study_id":0,"user_attr":{"nan":NaN}}')

    def test_a_large_attribute(self, path):
        text = "\x00☃" * 1_000_000
        opened(path).create_new_study([StudyDirection.MINIMIZE], "s")
        opened(path).set_study_user_attr(0, "k", text)

        assert opened(path).get_study_user_attrs(0) == {"k": text}

    def test_readers_read_only_what_is_new(self, path, monkeypatch):
        study = write_study(path, n_trials=50)
        other = opened(path)
        reads = count(monkeypatch, "read")
        other.get_all_trials(0)
        assert reads == []
        study.optimize(lambda trial: 0.0, n_trials=1)
        reads.clear()
        other.get_all_trials(0)

        assert sum(size for _, size in reads) < 1000

    def test_a_full_disk_leaves_no_half_line(self, path, monkeypatch):
        write_study(path)
        storage = opened(path)
        before = path.read_bytes()
        real = os.write

        def full(descriptor, data):
            if len(data) > 20:
                return real(descriptor, data[:20])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", lambda d, data: full(d, data if len(data) > 60 else b""))
        with pytest.raises(StorageInternalError, match="cannot be written: No space left"):
            storage.create_new_trial(0)

        assert path.read_bytes() == before

    def test_an_unwritable_batch_changes_nothing(self, path):
        write_study(path)
        storage = opened(path)
        trial = storage.start_trial(0)
        before = path.read_bytes()
        update = TrialUpdate(user_attrs={"good": 1, "bad": {1, 2}}, state=TrialState.FAIL)
        with pytest.raises(TypeError, match="'bad' must be JSON-serializable"):
            storage.update_trial(trial.trial_id, update)

        assert path.read_bytes() == before

    def test_what_was_written_is_what_is_read(self, path):
        storage = opened(path)
        storage.create_new_study([StudyDirection.MINIMIZE], "s")
        trial_id = storage.create_new_trial(0)
        storage.set_trial_user_attr(trial_id, "k", {"a": (1, 2), 3: None})

        assert storage.get_trial(trial_id).user_attrs == {"k": {"a": [1, 2], "3": None}}
        assert storage.get_trial(trial_id) == opened(path).get_trial(trial_id)


class TestTornLines:
    def test_a_journal_cut_at_any_byte_of_its_last_record_goes_on(self, path, warnings_of):
        write_study(path, n_trials=2)
        whole = path.read_bytes()
        start = whole.rindex(b"\n", 0, -1) + 1
        for end in range(start, len(whole) + 1):
            path.write_bytes(whole[:end])
            warnings_of.clear()
            storage = opened(path)
            states = [trial.state for trial in storage.get_all_trials(0)]
            is_whole = end == len(whole)
            assert states == [TrialState.COMPLETE, [TrialState.RUNNING, states[0]][is_whole]]

            storage.create_new_trial(0)

            # The last record is whole if only its line's end is missing.
            is_used = end >= len(whole) - 1
            assert path.read_bytes().startswith(whole if is_used else whole[:start])
            assert storage.get_trial(1).state is (
                TrialState.COMPLETE if is_used else TrialState.RUNNING
            )
            assert len(opened(path).get_all_trials(0)) == 3
            assert all(json.loads(line) for line in path.read_bytes().splitlines())
            is_torn = start < end < len(whole) - 1
            assert len(warnings_of) == is_torn
            if is_torn:
                assert "was incomplete, because its writer was killed" in warnings_of[0]
                assert repr(whole[start:end][:50])[2:-1] in warnings_of[0]

    def test_a_line_that_is_being_written_is_left_alone(self, path):
        write_study(path)
        with path.open("ab") as file:
            file.write(b'{"op_code":8,"worker')
        assert len(opened(path).get_all_trials(0)) == 3

        assert path.read_bytes().endswith(b'{"op_code":8,"worker')

    def test_a_first_line_that_is_torn(self, path):
        path.write_bytes(b'{"op_code":0,"wor')
        write_study(path, n_trials=1)

        assert len(opened(path).get_all_trials(0)) == 1


class TestForeignLines:
    @pytest.mark.parametrize(
        "line",
        [FOREIGN, b"\n", b"\x00\x00\n", b"\xff\xfe\n", b"[1]\n", b"{}\n", b"[" * 9999 + b"\n"],
    )
    def test_one_in_the_middle_is_skipped_with_one_warning(self, path, line, warnings_of):
        write_study(path)
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join([*lines[:3], line, *lines[3:]]))
        study = tunesmith.load_study(study_name="s", storage=opened(path))
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)

        assert [trial.number for trial in study.trials] == list(range(5))
        assert len(warnings_of) == 1
        assert "Line 4 of the journal" in warnings_of[0]

    def test_a_record_glued_to_a_torn_one_is_used(self, path, warnings_of):
        write_study(path)
        with path.open("ab") as file:
            file.write(b'{"op_code":8,"wo')
            file.write(b'{"op_code":2,"worker_id":"w","study_id":0,"user_attr":{"k":1}}\n')

        assert opened(path).get_study_user_attrs(0) == {"k": 1}
        assert warnings_of[0].endswith("""skipped: b'{"op_code":8,"wo'""")

    def test_a_lost_creation_is_an_error_that_names_the_line(self, path):
        write_study(path)
        lines = path.read_bytes().splitlines(keepends=True)
        creation = next(k for k, line in enumerate(lines) if b'"op_code":4' in line)
        lines[creation] = b"x" * 10 + lines[creation][10:]
        path.write_bytes(b"".join(lines))

        for _ in range(2):
            with pytest.raises(
                StorageInternalError, match=rf"Entry {creation + 1} of the journal cannot be read"
            ):
                opened(path).get_all_trials(0)

    def test_an_unknown_op_code_is_skipped(self, path, warnings_of):
        write_study(path)
        with path.open("ab") as file:
            file.write(b'{"op_code":77,"worker_id":"w"}\n{"op_code":2,"study_id":0}\n')
        storage = opened(path)
        storage.create_new_trial(0)

        assert storage.get_n_trials(0) == 4
        assert "unknown op_code 77" in warnings_of[0]
        assert "not as it should be" in warnings_of[1]

    def test_a_journal_that_is_shortened_under_its_reader(self, path):
        study = write_study(path)
        path.write_bytes(path.read_bytes()[:100])

        with pytest.raises(StorageInternalError, match="was shortened or replaced"):
            study.storage.get_all_trials(0)

    def test_a_journal_that_is_removed_under_its_reader(self, path):
        study = write_study(path)
        path.unlink()

        with pytest.raises(StorageInternalError, match="cannot be opened: No such file"):
            study.storage.create_new_trial(0)


class TestBackend:
    def test_a_folder_that_does_not_exist(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="nowhere"):
            JournalFileBackend(str(tmp_path / "nowhere" / "study.log"))

    def test_stays_with_its_file_when_the_folder_changes(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        study = write_study("study.log")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        study.optimize(lambda trial: 0.0, n_trials=1)

        assert len(opened(tmp_path / "study.log").get_all_trials(0)) == 4
        assert list((tmp_path / "elsewhere").iterdir()) == []

    def test_two_storages_may_share_one(self, path):
        backend = JournalFileBackend(str(path), JournalFileOpenLock(str(path)))
        storages = [JournalStorage(backend) for _ in range(2)]
        storages[0].create_new_study([StudyDirection.MINIMIZE], "s")
        for k in range(6):
            storages[k % 2].create_new_trial(0)

        assert [s.get_n_trials(0) for s in storages] == [6, 6]
        assert [record["op_code"] for record in backend.read_logs(0)] == [0] + 6 * [4]
        assert [record["op_code"] for record in backend.read_logs(5)] == [4, 4]
        assert list(backend.read_logs(9)) == []

    def test_no_lock_is_left_behind(self, path):
        write_study(path)

        names = sorted(found.name for found in path.parent.iterdir())
        assert names == ["study.log", "study.log.alive"]
