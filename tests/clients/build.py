"""Builds the client programs that need a toolchain: `./dev clients` runs this. Standard library only.

    python tests/clients/build.py .dev/programs

Each goes into a folder of its own, from the language's own lock file, and is built again only when its sources change.
What a missing toolchain or an unreachable registry keeps from being built is said, and its tests are skipped.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Program:
    """One program: the tool that it needs, and the commands that make it (`{out}` is its folder)."""

    name: str
    tool: str
    commands: tuple[str, ...]
    copied: bool = False  # built in a copy of its sources, because its tool puts everything beside them


PROGRAMS = (
    Program("go", "go", ("go build -mod=readonly -o {out}/client .",)),
    Program("js", "npm", ("npm ci --no-fund --no-audit --ignore-scripts",), copied=True),
    Program("rust", "cargo", ("cargo build --locked --quiet --target-dir {out}",)),
    Program("java", "mvn", ("mvn -q -B compile dependency:copy-dependencies -DincludeScope=runtime -Dbuilt={out}",)),
    Program("aws-rust", "cargo", ("cargo build --locked --quiet --target-dir {out}",)),
)


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]).resolve()
    wanted = [program for program in PROGRAMS if program.name in (arguments[1:] or [p.name for p in PROGRAMS])]
    for program in wanted:
        print(f"clients: {program.name}: {build(program, folder / program.name)}", file=sys.stderr, flush=True)
    return 0


def build(program: Program, out: Path) -> str:
    """Make one, or find it made; says which, or why not."""
    stamp, want = out / "stamp", digest(SOURCES / program.name)
    if stamp.exists() and stamp.read_text() == want:
        return "as before"
    if shutil.which(program.tool) is None:
        return f"left out, {program.tool} is not installed"
    stamp.unlink(missing_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    place = SOURCES / program.name
    if program.copied:
        shutil.copytree(place, out, dirs_exist_ok=True)
        place = out
    with (out / "log").open("w") as log:
        for command in program.commands:
            words = [word.format(out=out) for word in command.split()]
            words[0] = shutil.which(words[0]) or words[0]
            done = subprocess.run(words, cwd=place, stdout=log, stderr=subprocess.STDOUT, check=False, env=os.environ)
            if done.returncode:
                return f"left out, could not be built: see {log.name}"
    stamp.write_text(want)
    return "built"


def digest(folder: Path) -> str:
    made = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        made.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return made.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
