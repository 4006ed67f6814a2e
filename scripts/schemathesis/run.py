"""Starts the real program on a free port with an empty data folder, sets it up, and holds it to its OpenAPI document.

    run.py PROGRAM [--examples N] [--seed N] [--phases LIST] [--operation ID]

Everything is thrown away afterwards. The exit code is that of Schemathesis, or 1 when the run itself was not sound.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
PASSWORD = "correct horse battery staple"
START_SECONDS = 60
PHASES = "examples,coverage,fuzzing,stateful"
# Operations that cannot succeed here: the instance is set up, a password would have to be guessed, a link was sent to
# nobody, and HTTP is no WebSocket.
# Chance may leave out a few more (to remove somebody, both ids must fit); more than that means that the scene is broken.
BY_CHANCE = 5
NO_SUCCESS = {"complete_setup", "change_password", "reset_password", "gateway",
              # A node joins with a key of its own machine, TLS is off here, and who asked for a task cannot approve it,
              # and nobody guesses 24 words.
              "remove_key_node", "renew_certificate", "approve_key_task", "prove_recovery_kit"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Api:
    """The few calls that make the scene."""

    def __init__(self, url, token=None):
        self.url, self.token = url, token

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise SystemExit(f"schemathesis: {method} {path} was refused while the scene was made: {error.read().decode()}") from error
        return json.loads(text) if text else None


class Program:
    """The program under test."""

    def __init__(self, program, folder):
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log = (folder / "server.log").open("wb")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PLEXICHAT_")}
        settings = {
            "PLEXICHAT_SERVER__BIND": self.url.removeprefix("http://"),
            "PLEXICHAT_SERVER__DATA_DIR": str(folder / "data"),
            "PLEXICHAT_LIMITS__ENABLED": "false",
        }
        self.environment = inherited | settings
        self.program = program
        self.process = subprocess.Popen([program, "serve"], env=self.environment, stdout=self.log, stderr=self.log)
        self.wait()

    def wait(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/health/ready", timeout=5).close()
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"schemathesis: {self.program} did not start; its words are in {self.log.name}")

    def setup_code(self):
        link = subprocess.run([self.program, "setup", "--link", "-o", "json"], env=self.environment, check=True,
                              capture_output=True, text=True)
        return json.loads(link.stdout)["url"].rpartition("#")[2]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def account(handle):
    return {"handle": handle, "display_name": f"{handle.title()} Example", "password": PASSWORD}


def scene(program):
    """Owner, people, channels and messages: the ids that requests may name."""
    anonymous = Api(program.url)
    body = {"code": program.setup_code(), "owner": account("olga"), "workspace_name": "Acme", "transport": "bearer"}
    founded = anonymous.call("POST", "/setup", body)
    owner = Api(program.url, founded["token"])
    workspace = founded["workspace"]["id"]

    def join(workspace, handle):
        invited = owner.call("POST", f"/workspaces/{workspace}/invitations", {"role": "member", "max_uses": 3})
        body = {"code": invited["code"], "account": account(handle), "transport": "bearer"}
        return invited, anonymous.call("POST", "/invitations/accept", body)

    invitation, member = join(workspace, "mia")
    other = owner.call("POST", "/workspaces", {"name": "Elsewhere"})["workspace"]["id"]
    outsider = join(other, "otto")[1]
    join(other, "thea")
    people = [member["account"]["id"]]
    channels, messages = [founded["channel_id"]], []
    for kind in ("public", "private", "announcement"):
        made = {"kind": kind, "name": f"room-{kind}", "member_ids": people}
        channels.append(owner.call("POST", f"/workspaces/{workspace}/channels", made)["channel"]["id"])
    for nonce, channel in enumerate(channels * 3, 1):
        messages.append(owner.call("POST", f"/channels/{channel}/messages", {"nonce": str(nonce), "text": "Guten Tag 👋"})["id"])
    # Shreddings wait for their time of grace, so they can be given up.
    tasks = [owner.call("POST", "/admin/keys/tasks", {"kind": "shred", "target": {"level": "channel", "id": channel}})["id"]
             for channel in channels[2:]]
    return {
        "owner": founded, "outsider": outsider,
        "ids": {"workspace": [workspace], "channel": channels[:2], "message": messages[:2] + messages[4:6], "person": people,
                "invitation": [invitation["invitation"]["id"]], "code": [invitation["code"]], "login": ["thea"], "task": tasks,
                "password": [PASSWORD]},
    }


def configuration(folder, made):
    """The configuration of the run: the one beside this file, with the ids of this scene and its identities."""
    text = (HERE / "schemathesis.toml").read_text(encoding="utf-8")
    lists = "\n".join(f"[dictionaries.{name}]\nvalues = {json.dumps(ids)}" for name, ids in made["ids"].items())
    (folder / "schemathesis.toml").write_text(f"{text}\n{lists}\n", encoding="utf-8")
    shutil.copy(HERE / "hooks.py", folder / "hooks.py")
    people = [{"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {made[name]['token']}"}]}
              for name in ("owner", "outsider")]
    (folder / "people.json").write_text(json.dumps({"auth": people}), encoding="utf-8")


def schemathesis(folder, program, made, options):
    document = folder / "openapi.json"
    document.write_text(json.dumps(Api(program.url).call("GET", "/openapi.json")), encoding="utf-8")
    environment = os.environ | {
        "PLEXICHAT_TEST_URL": program.url,
        "PLEXICHAT_TEST_OWNER": made["owner"]["account"]["id"],
        "PLEXICHAT_TEST_PASSWORD": PASSWORD,
        "PLEXICHAT_TEST_DOCUMENT": str(document),
        "PLEXICHAT_TEST_TALLY": str(folder / "tally"),
    }
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", "schemathesis.toml", "run",
               f"{program.url}/api/v1/openapi.json", "--checks", "all", "--max-examples", str(options.examples), "--seed", str(options.seed), "--no-color",
               "--phases", options.phases]
    for operation in options.operation:
        command += ["--include-operation-id", operation]
    return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def sound(folder, program, made, partial):
    """Whether the run tested what it should: the owner's session lives, and operations were met in success too."""
    Api(program.url, made["owner"]["token"]).call("GET", "/users/me")
    seen = {}
    for line in (folder / "tally").read_text(encoding="utf-8").splitlines():
        operation, status = line.split(" ")
        seen.setdefault(operation, Counter())[status] += 1
    print(f"schemathesis: {sum(sum(statuses.values()) for statuses in seen.values())} answers of {len(seen)} operations")
    met = {operation for operation, statuses in seen.items() if any(status[0] == "2" for status in statuses)}
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    all_of_them = {operation["operationId"] for item in document["paths"].values() for operation in item.values()}
    never = sorted(all_of_them - met - NO_SUCCESS)
    print(f"schemathesis: without a success: {', '.join(sorted(all_of_them - met)) or 'none'}")
    return len(never) <= BY_CHANCE or partial


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program")
    arguments.add_argument("--examples", type=int, default=10)
    arguments.add_argument("--seed", type=int, default=20261126)
    arguments.add_argument("--phases", default=PHASES)
    arguments.add_argument("--operation", action="append", default=[])
    options = arguments.parse_args()
    print(f"schemathesis: seed {options.seed}, at most {options.examples} examples for each operation and phase", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="plexichat-schemathesis-"))
    program = None
    try:
        program = Program(str(Path(options.program).resolve()), folder)
        made = scene(program)
        configuration(folder, made)
        code = schemathesis(folder, program, made, options)
        if not sound(folder, program, made, bool(options.operation) or options.phases != PHASES):
            print("schemathesis: too many operations were never answered with success, so they were not tested; see above")
            code = code or 1
        if program.process.poll() is not None:
            raise SystemExit("schemathesis: the server has ended")
        return code
    finally:
        if program:
            program.stop()
        if os.environ.get("PLEXICHAT_KEEP"):
            print(f"schemathesis: kept {folder}")
        else:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
