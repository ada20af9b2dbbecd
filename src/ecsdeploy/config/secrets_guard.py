"""Refuses plain text that looks like a secret: whoever can describe a task definition or pull an image can read it.

It knows the shapes of keys that services hand out, passwords in URLs, and names that promise a secret. It would rather
ask once too often about a name such as DB_PASSWORD, so a config can allow a name. The value is never shown.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "an AWS access key": r"\b(AKIA|ASIA)[A-Z2-7]{16}\b",
        "a private key": r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----|\bAGE-SECRET-KEY-1[0-9A-Z]{20,}",
        "a JSON web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*",
        "a GitHub token": r"\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{20,})",
        "a GitLab token": r"\bgl(pat|dt|rt|cbt|ptt|ft|imt|agent|soat)-[\w-]{20,}",
        "a Slack token": r"\bxox[a-z]-[\w-]{10,}|\bxapp-\d-[\w-]{10,}|hooks\.slack\.com/services/\w+/\w+/\w+",
        "a Stripe key": r"\b([sr]k_(live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{16,})",
        "a Google key": r"\bAIza[\w-]{35}|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}",
        "a package registry's token": r"\bnpm_[A-Za-z0-9]{30,}"
        r"|\bpypi-Ag[\w-]{20,}|\brubygems_[0-9a-f]{32,}|\bdckr_(pat|oat)_[\w-]{20,}",
        "a mail service's key": r"\bSG\.[\w-]{16,}\.[\w-]{16,}|\bkey-[0-9a-f]{32}\b|\bxkeysib-[0-9a-f]{30,}",
        "a Twilio key": r"\bSK[0-9a-f]{32}\b",
        "an AI service's key": r"\bsk-(ant-|proj-|or-|svcacct-)?[\w-]{20,}|\bhf_[A-Za-z]{30,}|\bgsk_[A-Za-z0-9]{40,}",
        "a hosting service's token": r"\bdo[opr]_v1_[0-9a-f]{40,}"
        r"|\bhvs\.[\w-]{20,}|\bdp\.(pt|st|ct)\.[\w.-]{20,}|\bdapi[0-9a-f]{32}\b",
        "a shop's token": r"\bshp(at|ca|pa|ss)_[0-9a-fA-F]{32}|\bsq0(atp|csp)-[\w-]{22,}|\bEAAA[\w-]{50,}",
        "a chat service's token": r"\b\d{8,10}:AA[\w-]{32,}|discord(app)?\.com/api/webhooks/\d+/[\w-]{20,}",
        "a monitoring service's key": r"\bNRAK-[A-Z0-9]{20,}|\bglsa_\w{30,}|\blin_api_\w{30,}",
        "a storage account's key": r"(?i)\b(AccountKey|SharedAccessKey)=[A-Za-z0-9+/=]{20,}",
        "a password in a connection string": r"(?i)(^|[;\s])(password|pwd)\s*=\s*[^;\s{$]+",
        "an Authorization header": r"(?i)^(bearer|basic)\s+[\w.~+/=-]{12,}$",
        "a URL with a password": r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/:@?#]*:[^\s/@{$][^\s/@]*@",
    }
)
_PATTERNS = {what: re.compile(pattern) for what, pattern in _SHAPES.items()}

_CERTAIN = re.compile(
    r"(PASSWORD|PASSWD)$|(^|_)(PASSPHRASE|PASSCODE|SECRET|PRIVATE_?KEY|SECRET_?(ACCESS_?)?KEY|PGPASS)$"
)
_LIKELY = re.compile(
    r"(^|_)(PWD|PASS|TOKEN|API_?KEY|ACCESS_?KEY|(AUTH|SIGNING|ENCRYPTION|MASTER|ACCOUNT|LICEN[CS]E|WEBHOOK|DEPLOY)_?KEY"
    r"|CREDENTIALS?|SALT|SECRET(_?KEY)?_?BASE|COOKIE_?KEY|SESSION_?KEY|HMAC(_?KEY)?|PAT)$"
)
_POINTER = re.compile(r"^(\.{0,2}/|arn:|[a-z][a-z0-9+.-]*://|ssm:|secretsmanager:|vault:|file:)")
_SWITCH = frozenset({"", "true", "false", "yes", "no", "on", "off", "none", "null", "0", "1"})


def secret_in(name: str, value: str) -> str | None:
    """Return what `value` looks like (`a GitHub token`), or None when it looks harmless under this name."""
    for what, pattern in _PATTERNS.items():
        if pattern.search(value):
            return what
    if value.strip().lower() in _SWITCH or _POINTER.match(value) or re.fullmatch(r"\{(commit|tag|env)\}", value):
        return None
    upper = _upper_snake(name)
    if _CERTAIN.search(upper):
        return "a secret, by its name"
    if _LIKELY.search(upper) and _is_random(value):
        return "a secret, by its name"
    return None


def _upper_snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[.-]", "_", name).upper()


def _is_random(value: str) -> bool:
    """Whether nobody would choose this text: long enough, of mixed characters, and few of them repeat."""
    if len(value) < 8 or " " in value.strip():
        return False
    kinds = sum(bool(re.search(kind, value)) for kind in (r"[a-z]", r"[A-Z]", r"\d"))
    return kinds >= 2 and _entropy(value) >= 2.5


def _entropy(value: str) -> float:
    """Return Shannon's bits per character."""
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
