"""What a tracker recognises a study by."""

from __future__ import annotations

import threading
import time
import uuid
from typing import TYPE_CHECKING

from tunesmith.records import attr_names
from tunesmith.storages import InMemoryStorage

if TYPE_CHECKING:
    from tunesmith import Study

_IDENTITY = attr_names.OWN_PREFIX + "identity"

_lock = threading.Lock()  # between the threads of this process


def study_identity(study: Study) -> str:
    """Return a name that this study keeps and that no other study has.

    A study's own name will not do: an in-memory study called "demo" is another one each time
    the script runs. Nor will the storage's address: workers reach one database by several.

    Parameters
    ----------
    study : Study
        The identity is stored with it when it is first asked for. A copy under another name
        is another study.

    Returns
    -------
    str
        32 hexadecimal digits.

    Examples
    --------
    >>> import tunesmith
    >>> study = tunesmith.create_study()
    >>> study_identity(study) == study_identity(study)
    True
    >>> study_identity(study) == study_identity(tunesmith.create_study())
    False
    """
    storage, study_id = study.storage, study.study_id
    with _lock:
        began = time.monotonic()
        known = storage.get_study_system_attrs(study_id).get(_IDENTITY)
        if known is None or known["study_name"] != study.study_name:  # that of its original
            own = {"study_name": study.study_name, "identity": uuid.uuid4().hex}
            storage.set_study_system_attr(study_id, _IDENTITY, own)
            let_rivals_write(study, time.monotonic() - began)
        # Read again, because the last one that has been written counts.
        return str(storage.get_study_system_attrs(study_id)[_IDENTITY]["identity"])


def let_rivals_write(study: Study, took: float) -> None:
    """Wait until other workers have written what this one has written a moment ago.

    Storages and trackers cannot write on the condition that nothing is there. So workers that
    begin at once may each find nothing and write. After this, each of them sees all of it, and
    they can choose the same.

    Parameters
    ----------
    study : Study
        Their study. If no other process can have it, there is nothing to wait for.
    took : float
        Seconds from looking to having written, as an estimate of how far behind others are.
    """
    if not isinstance(study.storage, InMemoryStorage):
        time.sleep(max(0.5, 5 * took))
