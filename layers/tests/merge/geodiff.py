"""The stories of docs/conflicts.md told to geodiff, the engine of Mergin Maps: what it kept, what it noted, what it lost.

Run with Python and `pip install pygeodiff` (2.3.2 when this was written); prints one line for each story. Areas stand
here as texts in the column `geom`, which geodiff compares as it compares a geometry: whole.
"""

import json
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pygeodiff

FOLDER = Path(tempfile.mkdtemp())
GEODIFF = pygeodiff.GeoDiff()
GEODIFF.set_logger_callback(lambda level, text: None)


def run(path, *statements):
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def rows(path):
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT * FROM posts ORDER BY fid").fetchall()


def base():
    path = FOLDER / "base.sqlite"
    path.unlink(missing_ok=True)
    run(
        path,
        "CREATE TABLE posts (fid INTEGER PRIMARY KEY, status TEXT, count INTEGER, geom TEXT)",
        "INSERT INTO posts VALUES (1, 'ok', 5, 'here')",
    )
    return path


def copied(path, name, *statements):
    copy = FOLDER / name
    shutil.copy(path, copy)
    run(copy, *statements)
    return copy


def rebase(theirs, mine):
    """Puts what one person did over what another did; returns the rows and what is noted as a conflict."""
    begun = base()
    theirs = copied(begun, "theirs.sqlite", *theirs)
    mine = copied(begun, "mine.sqlite", *mine)
    noted = FOLDER / "conflict.json"
    noted.unlink(missing_ok=True)
    GEODIFF.rebase(str(begun), str(theirs), str(mine), str(noted))
    return rows(mine), json.loads(noted.read_text())["geodiff"] if noted.exists() else None


def tell(story, theirs, mine):
    found, noted = rebase(theirs, mine)
    changes = [] if noted is None else [change for table in noted for change in table["changes"]]
    print(f"{story}: {found}; noted: {changes or 'nothing'}")


STATUS = "UPDATE posts SET status = '{}'"
COUNT = "UPDATE posts SET count = {}"
PLACE = "UPDATE posts SET geom = '{}'"
HALF = "INSERT INTO posts VALUES (2, NULL, NULL, 'right half')"

tell("the same attribute", [STATUS.format("broken")], [STATUS.format("removed"), COUNT.format(6)])
tell("the same geometry", [PLACE.format("east")], [PLACE.format("west"), COUNT.format(6)])
tell("an edit against a removal", ["DELETE FROM posts"], [COUNT.format(6)])
tell("a removal against an edit", [COUNT.format(6)], ["DELETE FROM posts"])
tell("a split against an edit", [PLACE.format("left half"), HALF], [STATUS.format("mown")])
tell("a split against another corner", [PLACE.format("left half"), HALF], [PLACE.format("corner moved")])
tell("a split that removes", [STATUS.format("mown")], ["DELETE FROM posts", HALF])
tell("a re-import", [STATUS.format("broken")], [COUNT.format(7)])
tell("a re-import of the same", [STATUS.format("broken")], [STATUS.format("renewed")])
tell("edits chained offline", [STATUS.format("broken")], [COUNT.format(6), COUNT.format(7)])


def undo(*later):
    begun = base()
    jana = copied(begun, "jana.sqlite", STATUS.format("broken"))
    done, undone = FOLDER / "done.diff", FOLDER / "undone.diff"
    GEODIFF.create_changeset(str(begun), str(jana), str(done))
    GEODIFF.invert_changeset(str(done), str(undone))
    now = copied(jana, "now.sqlite", COUNT.format(6), *later)
    try:
        GEODIFF.apply_changeset(str(now), str(undone))
        return rows(now)
    except pygeodiff.GeoDiffLibError as error:
        return f"{rows(now)}, refused: {error}"


print(f"undo of a merged change: {undo()}")
print(f"undo where somebody went on: {undo(STATUS.format('gone'))}")

changed = copied(base(), "changed.sqlite", "ALTER TABLE posts RENAME COLUMN count TO number")
try:
    mine = copied(base(), "mine.sqlite", COUNT.format(6))
    GEODIFF.rebase(str(base()), str(changed), str(mine), str(FOLDER / "conflict.json"))
    print(f"the schema changed meanwhile: {rows(mine)}")
except pygeodiff.GeoDiffLibError as error:
    print(f"the schema changed meanwhile: refused: {error}")

shutil.rmtree(FOLDER)
