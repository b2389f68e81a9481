"""What a tracker recognises a study by."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tunesmith.records import attr_names

if TYPE_CHECKING:
    from tunesmith import Study

_IDENTITY = attr_names.OWN_PREFIX + "identity"


def study_identity(study: Study) -> str:
    """Return a name that this study keeps and that no other study has.

    A study's own name will not do: an in-memory study called "demo" is another one each time
    the script runs. Nor will the storage's address: workers reach one database by several.

    Parameters
    ----------
    study : Study
        The name is stored with it when it is first asked for.

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
    if _IDENTITY not in storage.get_study_system_attrs(study_id):
        storage.set_study_system_attr(study_id, _IDENTITY, uuid.uuid4().hex)
    # Read again, because another worker may have written its own a moment later.
    return str(storage.get_study_system_attrs(study_id)[_IDENTITY])
