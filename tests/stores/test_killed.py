"""Kill -9 at any moment of a renewal or a write: nothing is lost, nothing is torn, nobody waits."""

from __future__ import annotations

import json
import os

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked children")

# One parent that has everything imported; children that renew and write as fast as they can, and are killed anywhere.
# After each, the parent finds a whole session, takes the lock, and renews.
_KILLER = """
import os, random, signal, sys, time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unexpired.engine.credentials import Credentials
from unexpired.engine.refresher import Refresher
from unexpired.stores.file import FileStore

directory, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
random.seed(seed)

class Issuer:
    name, key, shareable = "assume_role", "ab" * 32, True
    number = 0
    def fetch(self, prompter=None):
        Issuer.number += 1
        end = datetime.now(timezone.utc) + timedelta(seconds=3600 + time.time() % 1000)
        return Credentials(f"ASIA{os.getpid():08d}{self.number:08d}", "s" * 40, "t" * random.choice([400, 4000]), end)

store = FileStore(directory, patience_seconds=20)
import filelock
Refresher(Issuer(), store=store).credentials()
key = Issuer.key

for kill in range(kills):
    child = os.fork()
    if child == 0:
        issuer = Issuer()
        while True:
            with store.lock(key, lambda: False):
                store.save(key, issuer.fetch())
    time.sleep(random.random() * 0.012)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    kept = store.load(key)
    assert kept is not None, f"lost after kill {kill}"
    assert len(kept.session_token) in (400, 4000), "torn"
    began = time.monotonic()
    with store.lock(key, lambda: False) as won:
        assert won
    assert time.monotonic() - began < 5, f"a dead holder was waited for after kill {kill}"
renewed = Refresher(Issuer(), store=store).renew()
print(renewed.access_key_id, sum(path.suffix == ".tmp" for path in directory.iterdir()))
"""


def test_hundreds_of_kills_lose_and_corrupt_nothing(start_python, directory):
    process = start_python(_KILLER, directory, 300, 7)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert out.startswith("ASIA")


# Fifty processes of one host, started at once; a process that renews is killed or stopped on the way.
_FIFTY = """
import json, os, signal, sys, time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unexpired.engine.credentials import Credentials
from unexpired.engine.refresher import Refresher
from unexpired.stores.file import FileStore
from unexpired.stores.keyring import KeyringStore

directory, fate, kind = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
directory.mkdir(mode=0o700, exist_ok=True)

class Keyring:  # what an operating system's is to us: items by name, the same for every process
    def get_password(self, service, name):
        path = directory / f"{name}.item"
        return path.read_text() if path.exists() else None
    def set_password(self, service, name, text):
        half = directory / f"{os.getpid()}.half"
        half.write_text(text)
        half.replace(directory / f"{name}.item")
    def delete_password(self, service, name):
        (directory / f"{name}.item").unlink()

def opened():
    return KeyringStore(Keyring(), directory) if kind == "keyring" else FileStore(directory, patience_seconds=2)
calls = directory / "calls"
calls.touch()

class Issuer:
    name, key, shareable = "assume_role", "cd" * 32, True
    def fetch(self, prompter=None):
        with calls.open("a") as file:
            file.write(f"{os.getpid()}\\n")
        if fate != "none" and len(calls.read_text().splitlines()) == 1:
            os.kill(os.getpid(), signal.SIGKILL if fate == "killed" else signal.SIGSTOP)
        time.sleep(0.3)
        end = datetime.now(timezone.utc) + timedelta(hours=1)
        return Credentials(f"ASIA{os.getpid():016d}", "s", "t", end)

import filelock
children = []
for _ in range(50):
    child = os.fork()
    if child == 0:
        key = Refresher(Issuer(), store=opened()).credentials().access_key_id
        (directory / f"{os.getpid()}.took").write_text(key)
        os._exit(0)
    children.append(child)
began, waiting, victims = time.monotonic(), set(children), set()
while len(waiting) > (fate == "stopped") and time.monotonic() - began < 60:
    pid, status = os.waitpid(-1, os.WNOHANG)
    if pid == 0:
        time.sleep(0.02)
        continue
    waiting.discard(pid)
    if os.WIFSIGNALED(status):
        victims.add(pid)
took = time.monotonic() - began
for pid in waiting:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
keys = {path.read_text() for path in directory.glob("*.took")}
print(json.dumps({"calls": len(calls.read_text().splitlines()), "keys": len(keys), "left": len(waiting), "took": took,
                  "done": len(list(directory.glob("*.took")))}))
"""


@pytest.mark.parametrize("kind", ["file", "keyring"])
@pytest.mark.parametrize(("fate", "calls", "done"), [("none", 1, 50), ("killed", 2, 49), ("stopped", 2, 49)])
def test_fifty_processes_make_one_call_and_one_more_for_a_holder_that_is_gone(
    start_python, directory, kind, fate, calls, done
):
    process = start_python(_FIFTY, directory, fate, kind)
    out, _ = process.communicate(timeout=120)
    found = json.loads(out)
    assert found["calls"] == calls, found
    assert found["keys"] == 1, found
    assert found["done"] == done, found
    assert found["took"] < 30, found
