"""The index: a cache of the manifests in a database, for listing, recipes and lineage. It can be rebuilt from the manifests at any time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Boolean, Integer, String, create_engine, delete, event, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from studio.store.manifest import Manifest
from studio.store.refs import Ref


class _Base(DeclarativeBase):
    pass


class AssetRow(_Base):
    """One published version."""

    __tablename__ = "assets"
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)
    recipe: Mapped[str] = mapped_column(String(64), index=True)
    created_at: Mapped[str] = mapped_column(String(40))
    passed: Mapped[bool] = mapped_column(Boolean)


class InputRow(_Base):
    """One edge of the lineage: ``digest`` was made from ``input_digest``."""

    __tablename__ = "inputs"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    role: Mapped[str] = mapped_column(String(64), primary_key=True)
    input_digest: Mapped[str] = mapped_column(String(64), index=True)


@dataclass(frozen=True)
class Entry:
    """One row of a listing."""

    ref: Ref
    digest: str
    created_at: str
    passed: bool


class Index:
    """The database behind ``url``. Every method is one transaction."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url)
        if url.startswith("sqlite"):
            event.listen(self._engine, "connect", _configure_sqlite)
        _Base.metadata.create_all(self._engine)

    def add(self, manifest: Manifest, digest: str) -> None:
        """Record a published asset; recording it again changes nothing."""
        # Rows never change, so a row that another process has added meanwhile is as good as ours.
        with contextlib.suppress(IntegrityError), Session(self._engine) as session, session.begin():
            _record(session, manifest, digest)

    def rebuild(self, manifests: Iterable[tuple[Manifest, str]]) -> int:
        """Forget everything and record these. Returns how many."""
        count = 0
        with Session(self._engine) as session, session.begin():
            session.execute(delete(AssetRow))
            session.execute(delete(InputRow))
            for manifest, digest in manifests:
                _record(session, manifest, digest)
                count += 1
        return count

    def known(self) -> set[Ref]:
        """Every reference that the index holds."""
        with Session(self._engine) as session:
            rows = session.execute(select(AssetRow.kind, AssetRow.name, AssetRow.version))
            return {Ref(kind, name, version) for kind, name, version in rows}

    def find_recipe(self, kind: str, name: str, recipe: str) -> Ref | None:
        """The newest version of that name that passed and was made by that recipe."""
        with Session(self._engine) as session:
            version = session.scalar(
                select(AssetRow.version)
                .where(AssetRow.kind == kind, AssetRow.name == name, AssetRow.recipe == recipe, AssetRow.passed)
                .order_by(AssetRow.version.desc())
                .limit(1)
            )
        return None if version is None else Ref(kind, name, version)

    def entries(self, *, kind: str | None = None, name: str | None = None) -> list[Entry]:
        """Published versions, by kind, name and version."""
        query = select(AssetRow).order_by(AssetRow.kind, AssetRow.name, AssetRow.version)
        if kind is not None:
            query = query.where(AssetRow.kind == kind)
        if name is not None:
            query = query.where(AssetRow.name == name)
        with Session(self._engine) as session:
            return [_entry(row) for row in session.scalars(query)]

    def made_from(self, digest: str) -> list[Entry]:
        """The assets that were made directly from the asset with that digest."""
        query = select(AssetRow).join(InputRow, InputRow.digest == AssetRow.digest).where(InputRow.input_digest == digest)
        with Session(self._engine) as session:
            return sorted((_entry(row) for row in session.scalars(query)), key=lambda entry: str(entry.ref))

    def by_digest(self, digest: str) -> Entry | None:
        """The asset with that identity."""
        with Session(self._engine) as session:
            row = session.scalar(select(AssetRow).where(AssetRow.digest == digest))
            return None if row is None else _entry(row)


def _configure_sqlite(connection, _connection_record) -> None:
    # Rollback journal with full sync: WAL had a corruption bug up to SQLite 3.51.2 and needs shared memory, which NFS lacks.
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=DELETE")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.close()


def _record(session: Session, manifest: Manifest, digest: str) -> None:
    # Inserts without a look first: reading and then writing in one SQLite transaction can deadlock with another process.
    row = {
        "kind": manifest.kind,
        "name": manifest.name,
        "version": manifest.version,
        "digest": digest,
        "recipe": manifest.recipe,
        "created_at": manifest.created_at,
        "passed": manifest.passed,
    }
    session.execute(insert(AssetRow), [row])
    if manifest.inputs:
        edges = [{"digest": digest, "role": item.role, "input_digest": item.digest} for item in manifest.inputs]
        session.execute(insert(InputRow), edges)


def _entry(row: AssetRow) -> Entry:
    return Entry(Ref(row.kind, row.name, row.version), row.digest, row.created_at, row.passed)
