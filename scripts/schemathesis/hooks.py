"""What Schemathesis has to know of PlexiChat beyond its document: one more check, sessions to throw away, and the few
rules between inputs that no JSON schema can say. Loaded by schemathesis.toml; run.py starts everything.
"""

import json
import os
from pathlib import Path

import requests
import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData, UseAfterFree

BASE = os.environ["PLEXICHAT_TEST_URL"]
OWNER = os.environ["PLEXICHAT_TEST_OWNER"]
DOCUMENT = json.loads(Path(os.environ["PLEXICHAT_TEST_DOCUMENT"]).read_text(encoding="utf-8"))
TALLY = Path(os.environ["PLEXICHAT_TEST_TALLY"])

# Code -> status, from the refusals of the document itself.
CATALOGUE = {
    code: response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["status"]["const"]
    for response in DOCUMENT["components"]["responses"].values()
    for code in response["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"]["code"]["enum"]
}

# Operations that end the session they are called with. Each call gets a session of its own, of an account that nobody
# else uses, so that they are tested like all others and the session of the run stays.
ENDS_SESSION = {"logout", "refresh_session", "revoke_session", "revoke_other_sessions"}

# Operations by which the owner of the run could lock themselves out; on their own account they are not called.
LOCKS_OUT = {"update_user", "update_workspace_member", "remove_workspace_member"}


def operation_id(case):
    return case.operation.definition.raw.get("operationId", "")


class ThrowAway:
    """A new session for each call."""

    def get(self, case, ctx):
        if operation_id(case) not in ENDS_SESSION:
            return None
        body = {"login": "thea", "password": os.environ["PLEXICHAT_TEST_PASSWORD"], "transport": "bearer"}
        answer = requests.post(f"{BASE}/api/v1/auth/login", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()["token"]

    def set(self, case, data, ctx):
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def after_load_schema(context, schema):
    # Before the identities of the configuration: the first that has something to say is asked no further.
    schema.auth.providers.insert(0, ThrowAway())


@schemathesis.hook
def filter_case(context, case):
    own = (case.path_parameters or {}).get("user_id") == OWNER
    return not (own and operation_id(case) in LOCKS_OUT)


class WrongProblem(Failure):
    """A refusal that is not what the catalogue promises."""

    __slots__ = ("operation", "title", "message", "code", "case_id", "severity")

    def __init__(self, operation, message):
        super().__init__(operation=operation, title="Not a problem of the catalogue", message=message)


@schemathesis.check
def problem_of_the_catalogue(ctx, response, case):
    """Every refusal is problem+json with a code of the catalogue, whose status is the answer's."""
    with TALLY.open("a", encoding="utf-8") as tally:
        tally.write(f"{operation_id(case)} {response.status_code}\n")
    if response.status_code < 400 or case.method == "HEAD":
        return None
    wrong = None
    kind = response.headers.get("content-type", [""])[0]
    if kind != "application/problem+json":
        wrong = f"{response.status_code} with Content-Type {kind!r}"
    else:
        problem = response.json()
        code = problem.get("code")
        if code not in CATALOGUE:
            wrong = f"the code {code!r} is not in the catalogue"
        elif not CATALOGUE[code] == response.status_code == problem.get("status"):
            wrong = f"{code} belongs to {CATALOGUE[code]}, the answer is {response.status_code}, the body says {problem.get('status')}"
        elif problem.get("type") != f"/api/docs#error-{code}" or not problem.get("detail") or not problem.get("request_id"):
            wrong = f"the problem is incomplete: {problem}"
    if wrong:
        raise WrongProblem(case.operation.label, wrong)
    return None


def breaks_a_rule_between_inputs(case):
    """What the document tells in words or by `x-at-most-one-of`: no schema of single values can say it."""
    query = case.query if isinstance(case.query, dict) else {}
    groups = case.operation.definition.raw.get("x-at-most-one-of", [])
    if any(sum(name in query for name in group) > 1 for group in groups):
        return True
    body = case.body if isinstance(case.body, dict) else {}
    if operation_id(case) == "prove_recovery_kit":
        # 24 words have a checksum, and shares belong to a kit.
        return True
    if operation_id(case) == "create_recovery_kit":
        # No more shares are needed than there are.
        needed, total = body.get("needed"), body.get("total")
        return isinstance(needed, (int, float)) and isinstance(total, (int, float)) and needed > total
    if operation_id(case) == "order_key_task":
        # Only a channel or a workspace is shredded, and only the keys of a channel are of a month.
        level = (body.get("target") or {}).get("level") if isinstance(body.get("target"), dict) else None
        of_instance = body.get("kind") == "shred" and level in {"root", "instance"}
        return of_instance or (body.get("month") is not None and level != "channel")
    entries = body.get("overrides") if operation_id(case) == "replace_overrides" else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return False
    targets = [json.dumps(entry.get("target"), sort_keys=True) for entry in entries]
    both = any(set(entry.get("allow") or []) & set(entry.get("deny") or []) for entry in entries)
    return both or len(set(targets)) < len(targets)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if isinstance(failure, RejectedPositiveData):
        return not (response.status_code == 400 and breaks_a_rule_between_inputs(case))
    # A deleted message stays as a tombstone, so that numbers have no gaps: reading it is what the product promises.
    if isinstance(failure, UseAfterFree) and operation_id(case) in {"get_message", "delete_message"}:
        return not is_tombstone(response)
    return True


def is_tombstone(response):
    return response.status_code == 204 or (response.status_code == 200 and response.json().get("deleted") is True)

