"""Puts credentials on a request, for operations that ask for them and for no others."""

from base64 import b64encode
from dataclasses import dataclass, field

from .operation import Api, Credential, Operation
from .settings import Settings
from .style import Pair


@dataclass
class Credentials:
    """Pairs for each place, not yet encoded."""

    headers: list[Pair] = field(default_factory=list)
    query: list[Pair] = field(default_factory=list)
    cookies: list[Pair] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Variables that would have helped and are not set."""


def credentials_for(operation: Operation, api: Api, settings: Settings) -> Credentials:
    """The first of the operation's alternatives whose variables are all set.

    When there is none, the request goes out without credentials: some APIs answer
    anyway, and the others say what they miss.
    """
    missing: dict[str, None] = {}
    for alternative in operation["security"]:
        if not alternative:
            continue
        known = [api["credentials"].get(scheme) for scheme in alternative]
        found = [credential for credential in known if credential is not None]
        absent = [
            variable
            for credential in found
            for variable in _variables(credential)
            if settings.secret(variable) is None
        ]
        if not absent and len(found) == len(alternative):
            credentials = Credentials()
            for credential in found:
                _add(credential, settings, credentials)
            return credentials
        missing.update(dict.fromkeys(absent))
    anonymous = not operation["security"] or [] in operation["security"]
    return Credentials(missing=[] if anonymous else list(missing))


def _variables(credential: Credential) -> list[str]:
    if credential["kind"] == "basic":
        return [credential["usernameVariable"], credential["passwordVariable"]]
    return [credential["variable"]]


def _add(credential: Credential, settings: Settings, credentials: Credentials) -> None:
    secrets = [settings.secret(name) or "" for name in _variables(credential)]
    match credential["kind"]:
        case "bearer":
            token = f"{credential.get('prefix', 'Bearer')} {secrets[0]}"
            credentials.headers.append(("Authorization", token))
        case "basic":
            encoded = b64encode(":".join(secrets).encode()).decode()
            credentials.headers.append(("Authorization", f"Basic {encoded}"))
        case "apiKey":
            places = {
                "header": credentials.headers,
                "query": credentials.query,
                "cookie": credentials.cookies,
            }
            places[credential["in"]].append((credential["parameter"], secrets[0]))
