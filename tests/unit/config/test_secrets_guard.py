"""Fifty shapes of secrets and fifty plain values.

The secrets are put together from pieces, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import pytest

from ecsdeploy.config.models import Config
from ecsdeploy.config.secrets_guard import secret_in

WORD = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3gH5jK7m"
HEX = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978"
PEM = "-----BEGIN {}PRIVATE KEY-----\nMIIE"

SECRETS = [
    ("ID", "AKIA" + "QRSTUVWXYZ234567"),
    ("ID", "ASIA" + "QRSTUVWXYZ234567"),
    ("AWS_SECRET_ACCESS_KEY", WORD),
    ("AWS_SESSION_TOKEN", "IQoJb3" + WORD * 4),
    ("CERT", PEM.format("")),
    ("CERT", PEM.format("RSA ")),
    ("CERT", PEM.format("EC ")),
    ("CERT", PEM.format("OPENSSH ")),
    ("AGE", "AGE-SECRET-KEY-1" + "Q" * 30),
    ("COOKIE", f"eyJ{WORD}.eyJ{WORD}.{WORD}"),
    ("GH", "ghp_" + WORD[:36]),
    ("GH", "gho_" + WORD[:36]),
    ("GH", "ghs_" + WORD[:36]),
    ("GH", "github_pat_" + WORD),
    ("GL", "glpat-" + WORD[:20]),
    ("SLACK", "xoxb-" + "123456789012-" + WORD[:24]),
    ("SLACK", "https://hooks.slack" + ".com/services/T00000000/B00000000/" + WORD[:24]),
    ("STRIPE", "sk_live_" + WORD[:24]),
    ("STRIPE", "rk_live_" + WORD[:24]),
    ("STRIPE", "sk_test_" + WORD[:24]),
    ("STRIPE", "whsec_" + WORD[:32]),
    ("MAPS", "AIza" + WORD[:35]),
    ("GOOGLE", "ya29." + WORD),
    ("GOOGLE", "GOCSPX-" + WORD[:28]),
    ("NPM", "npm_" + WORD[:36]),
    ("PYPI", "pypi-Ag" + WORD),
    ("MAIL", f"SG.{WORD[:22]}.{WORD}"),
    ("MAIL", "key-" + HEX[:32]),
    ("SMS", "SK" + HEX[:32]),
    ("AI", "sk-" + WORD),
    ("AI", "sk-ant-" + WORD),
    ("AI", "hf_" + "AbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGh"),
    ("CLOUD", "dop_v1_" + HEX),
    ("VAULT", "hvs." + WORD),
    ("DATABRICKS", "dapi" + HEX[:32]),
    ("SHOP", "shpat_" + HEX[:32]),
    ("BOT", "123456789:AA" + WORD[:33]),
    ("MONITORING", "NRAK-" + "A1B2C3D4E5F6G7H8I9J0K1L2M3N"),
    ("STORAGE", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=" + WORD + "=="),
    ("DATABASE_URL", "postgres://app:" + "hunter2@db.example.com/app"),
    ("CACHE", "redis://:" + "hunter2@cache:6379/0"),
    ("ODBC", "Server=db;Uid=app;Pwd=" + "hunter2;"),
    ("HEADER", "Bearer " + WORD),
    ("DB_PASSWORD", "hunter2"),
    ("dbPassword", "correct horse battery staple"),
    ("APP_SECRET", "s3cr3t"),
    ("SESSION_SECRET", HEX),
    ("API_TOKEN", WORD[:20]),
    ("DATADOG_API_KEY", HEX[:32]),
    ("ENCRYPTION_KEY", WORD + "="),
    ("SECRET_KEY_BASE", HEX),
    ("PGPASSWORD", "hunter2"),
]

PLAIN = [
    ("PORT", "3000"),
    ("NODE_ENV", "production"),
    ("LOG_LEVEL", "debug"),
    ("APP_VERSION", "{commit}"),
    ("APP_VERSION", HEX[:40]),
    ("IMAGE_DIGEST", "sha256:" + HEX[:32] * 2),
    ("TENANT_ID", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
    ("DATABASE_HOST", "db.internal.example.com"),
    ("DATABASE_URL", "postgres://db.example.com:5432/app"),
    ("DATABASE_URL", "postgres://app@db.example.com/app"),
    ("REDIS_URL", "redis://cache:6379/0"),
    ("SENTRY_DSN", "https://0f1e2d3c4b5a69788796a5b4c3d2e1f0@o1.ingest.example.com/1"),
    ("STRIPE_PUBLISHABLE_KEY", "pk_live_" + WORD[:24]),
    ("DB_PASSWORD_FILE", "/run/secrets/db-password"),
    ("DB_PASSWORD", "/run/secrets/db-password"),
    ("TOKEN_URL", "https://login.example.com/oauth/token"),
    ("AUTH_TOKEN", "https://login.example.com/oauth/token"),
    ("TOKEN_TTL", "3600"),
    ("MAX_TOKENS", "4096"),
    ("TOKEN_ISSUER", "https://issuer.example.com/"),
    ("PASSWORD_MIN_LENGTH", "12"),
    ("PASSWORD_RESET_URL", "https://example.com/reset"),
    ("REQUIRE_PASSWORD", "true"),
    ("USE_SECRET", "false"),
    ("SECRET_NAME", "prod/hello/database"),
    ("SECRET_ARN", "arn:aws:secretsmanager:us-east-1:123456789012:secret:hello-AbCdEf"),
    ("APP_SECRET", "arn:aws:secretsmanager:us-east-1:123456789012:secret:hello-AbCdEf"),
    ("API_KEY_HEADER", "X-Api-Key"),
    ("API_KEY", ""),
    ("ACCESS_TOKEN", "none"),
    ("CACHE_KEY", "user-sessions-v2"),
    ("PARTITION_KEY", "customerId"),
    ("SORT_KEY", "createdAt2024"),
    ("KEY_PREFIX", "hello:production:"),
    ("PUBLIC_KEY", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"),
    ("CERTIFICATE", "-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"),
    ("FEATURES", '{"newCheckout": true, "limit": 20}'),
    ("TEMPLATE", "Hello {name}, {{greeting}}"),
    ("CORS_ORIGINS", "https://a.example.com,https://b.example.com"),
    ("JAVA_OPTS", "-Xmx512m -XX:+UseG1GC -Dfile.encoding=UTF-8"),
    ("NODE_OPTIONS", "--max-old-space-size=384"),
    ("TZ", "Europe/Berlin"),
    ("LANG", "en_US.UTF-8"),
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("AWS_REGION", "us-east-1"),
    ("QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/hello"),
    ("BUCKET", "acme-hello-assets-123456789012"),
    ("GIT_SHA", "3f2c1ab"),
    ("BUILD_DATE", "2026-11-22T10:00:00Z"),
    ("COMPASS_HEADING", "north-by-northwest-2"),
    ("AUTH_MODE", "oauth2-proxy"),
    ("SSH_PATH", "skip-sk-learn"),
    ("BYPASS", "Static1234Assets"),
    ("MONKEY", "Banana42Split"),
    ("DEVICE_TOKEN", "iPhone7"),
    ("CSRF_TOKEN", "Header or Cookie 1"),
    ("ACCESS_TOKEN", "x1x1x1x1x1"),
    ("SESSION_TOKEN", "opaque-reference"),
]


def test_the_corpora_are_as_large_as_they_say() -> None:
    assert len(SECRETS) >= 50
    assert len(PLAIN) >= 50


@pytest.mark.parametrize(("name", "value"), SECRETS)
def test_a_secret_is_refused(name: str, value: str) -> None:
    assert secret_in(name, value)


@pytest.mark.parametrize(("name", "value"), PLAIN)
def test_a_plain_value_passes(name: str, value: str) -> None:
    assert secret_in(name, value) is None


@pytest.mark.parametrize("table", ["task", "image"])
def test_a_name_can_be_allowed(table: str) -> None:
    values = {"task": "environment", "image": "args"}[table]
    config = Config.model_validate(
        {
            "app": "hello",
            "region": "us-east-1",
            table: {"allow_plain": ["DB_PASSWORD"], values: {"DB_PASSWORD": "hunter2"}},
        }
    )
    assert config.model_dump()[table][values] == {"DB_PASSWORD": "hunter2"}
