"""The tables, as Optuna 5 makes them (schema revision v3.2.0.a), and one of our own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

HEAD_REVISION = "v3.2.0.a"
SCHEMA_VERSION = 12

metadata = sa.MetaData()


def _key() -> sa.Column[str]:
    return sa.Column("key", sa.String(512))


def _study_id(*, nullable: bool = True) -> sa.Column[int]:
    return sa.Column("study_id", sa.Integer, sa.ForeignKey("studies.study_id"), nullable=nullable)


def _trial_id(*, nullable: bool = True) -> sa.Column[int]:
    return sa.Column("trial_id", sa.Integer, sa.ForeignKey("trials.trial_id"), nullable=nullable)


studies = sa.Table(
    "studies",
    metadata,
    sa.Column("study_id", sa.Integer, primary_key=True),
    sa.Column("study_name", sa.String(512), index=True, unique=True, nullable=False),
)

study_directions = sa.Table(
    "study_directions",
    metadata,
    sa.Column("study_direction_id", sa.Integer, primary_key=True),
    sa.Column(
        "direction",
        sa.Enum("NOT_SET", "MINIMIZE", "MAXIMIZE", name="studydirection"),
        nullable=False,
    ),
    _study_id(nullable=False),
    sa.Column("objective", sa.Integer, nullable=False),
    sa.UniqueConstraint("study_id", "objective"),
)

study_user_attributes = sa.Table(
    "study_user_attributes",
    metadata,
    sa.Column("study_user_attribute_id", sa.Integer, primary_key=True),
    _study_id(),
    _key(),
    sa.Column("value_json", sa.Text()),
    sa.UniqueConstraint("study_id", "key"),
)

study_system_attributes = sa.Table(
    "study_system_attributes",
    metadata,
    sa.Column("study_system_attribute_id", sa.Integer, primary_key=True),
    _study_id(),
    _key(),
    sa.Column("value_json", sa.Text()),
    sa.UniqueConstraint("study_id", "key"),
)

trials = sa.Table(
    "trials",
    metadata,
    sa.Column("trial_id", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer),
    sa.Column("study_id", sa.Integer, sa.ForeignKey("studies.study_id"), index=True),
    sa.Column(
        "state",
        sa.Enum("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING", name="trialstate"),
        nullable=False,
    ),
    sa.Column("datetime_start", sa.DateTime),
    sa.Column("datetime_complete", sa.DateTime),
)

trial_user_attributes = sa.Table(
    "trial_user_attributes",
    metadata,
    sa.Column("trial_user_attribute_id", sa.Integer, primary_key=True),
    _trial_id(),
    _key(),
    sa.Column("value_json", sa.Text().with_variant(mysql.TEXT(1 << 24), "mysql", "mariadb")),
    sa.UniqueConstraint("trial_id", "key"),
)

trial_system_attributes = sa.Table(
    "trial_system_attributes",
    metadata,
    sa.Column("trial_system_attribute_id", sa.Integer, primary_key=True),
    _trial_id(),
    _key(),
    sa.Column("value_json", sa.Text().with_variant(mysql.TEXT(1 << 24), "mysql", "mariadb")),
    sa.UniqueConstraint("trial_id", "key"),
)

trial_params = sa.Table(
    "trial_params",
    metadata,
    sa.Column("param_id", sa.Integer, primary_key=True),
    _trial_id(),
    sa.Column("param_name", sa.String(512)),
    sa.Column("param_value", sa.Float(precision=53)),
    sa.Column("distribution_json", sa.Text()),
    sa.UniqueConstraint("trial_id", "param_name"),
)

trial_values = sa.Table(
    "trial_values",
    metadata,
    sa.Column("trial_value_id", sa.Integer, primary_key=True),
    _trial_id(nullable=False),
    sa.Column("objective", sa.Integer, nullable=False),
    sa.Column("value", sa.Float(precision=53)),
    sa.Column(
        "value_type",
        sa.Enum("FINITE", "INF_POS", "INF_NEG", name="trialvaluetype"),
        nullable=False,
    ),
    sa.UniqueConstraint("trial_id", "objective"),
)

trial_intermediate_values = sa.Table(
    "trial_intermediate_values",
    metadata,
    sa.Column("trial_intermediate_value_id", sa.Integer, primary_key=True),
    _trial_id(nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("intermediate_value", sa.Float(precision=53)),
    sa.Column(
        "intermediate_value_type",
        sa.Enum("FINITE", "INF_POS", "INF_NEG", "NAN", name="trialintermediatevaluetype"),
        nullable=False,
    ),
    sa.UniqueConstraint("trial_id", "step"),
)

trial_heartbeats = sa.Table(
    "trial_heartbeats",
    metadata,
    sa.Column("trial_heartbeat_id", sa.Integer, primary_key=True),
    _trial_id(nullable=False),
    sa.Column("heartbeat", sa.DateTime, nullable=False, default=sa.func.current_timestamp()),
    sa.UniqueConstraint("trial_id"),
)

version_info = sa.Table(
    "version_info",
    metadata,
    sa.Column("version_info_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("schema_version", sa.Integer),
    sa.Column("library_version", sa.String(256)),
    sa.CheckConstraint("version_info_id=1"),
)

# Alembic's own table, which Optuna reads to find the schema's revision.
alembic_version = sa.Table(
    "alembic_version",
    metadata,
    sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

# Reports of several objectives, for which Optuna's tables have no place. Optuna ignores the table,
# so its rows have to go by themselves when Optuna deletes their trial.
trial_intermediate_vectors = sa.Table(
    "tunesmith_intermediate_vectors",
    metadata,
    sa.Column("intermediate_vector_id", sa.Integer, primary_key=True),
    sa.Column(
        "trial_id",
        sa.Integer,
        sa.ForeignKey("trials.trial_id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("vector_json", sa.Text(), nullable=False),
    sa.UniqueConstraint("trial_id", "step"),
)

# SQLite does what a foreign key says only for connections that ask for it; Optuna's do not.
sa.event.listen(
    trial_intermediate_vectors,
    "after_create",
    sa.DDL(  # type: ignore[no-untyped-call]
        "CREATE TRIGGER IF NOT EXISTS tunesmith_vectors_of_deleted_trial AFTER DELETE ON trials "
        "BEGIN DELETE FROM tunesmith_intermediate_vectors WHERE trial_id = OLD.trial_id; END"
    ).execute_if(dialect="sqlite"),
)

OPTUNAS_TABLES = [table for table in metadata.tables.values() if not table.name.startswith("tune")]
