"""AWS's settings."""

from __future__ import annotations

from tests.tool.hostile.environment import VARIABLES

_add = VARIABLES.add

for _name, _values in {
    "AWS_MAX_ATTEMPTS": ("x", "0", "-1", "999999999999999999999"),
    "AWS_RETRY_MODE": ("odd", ""),
    "AWS_DEFAULTS_MODE": ("odd",),
    "AWS_STS_REGIONAL_ENDPOINTS": ("odd",),
    "AWS_USE_FIPS_ENDPOINT": ("odd", "true"),
    "AWS_USE_DUALSTACK_ENDPOINT": ("odd", "true"),
    "AWS_EC2_METADATA_DISABLED": ("odd",),
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": ("nonsense",),
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": ("odd",),
    "AWS_METADATA_SERVICE_TIMEOUT": ("x",),
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS": ("x",),
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ("odd",),
    "AWS_DISABLE_HOST_PREFIX_INJECTION": ("odd",),
    "AWS_DISABLE_REQUEST_COMPRESSION": ("odd",),
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES": ("x", "-1"),
    "AWS_REQUEST_CHECKSUM_CALCULATION": ("odd",),
    "AWS_RESPONSE_CHECKSUM_VALIDATION": ("odd",),
    "AWS_SIGV4A_SIGNING_REGION_SET": ("odd,*",),
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": ("odd",),
    "AWS_ACCOUNT_ID": ("odd",),
    "AWS_AUTH_SCHEME_PREFERENCE": ("odd",),
    "AWS_SDK_UA_APP_ID": ("odd\nid", "x" * 99, "\u2013"),
    "AWS_EXECUTION_ENV": ("odd\nname", "\u2013"),
    "AWS_DATA_PATH": ("/nowhere", "/proc/self/mem"),
    "AWS_CA_BUNDLE": ("/nowhere",),
    "REQUESTS_CA_BUNDLE": ("/nowhere",),
    "AWS_ENDPOINT_URL": (
        "nonsense",
        "http://",
        "http://[::1",
        "http://127.0.0.1:x",
        "https://127.0.0.1:99999",
        "ftp://x",
        "http://127.0.0.1:1\n",
        "http://bücher.invalid",
        "http://" + "a" * 70 + ".invalid",
        "http://a..b",
        "",
        " ",
    ),
    "AWS_ENDPOINT_URL_STS": ("nonsense",),
    "AWS_ENDPOINT_URL_ECS": ("http://[::1", "http://127.0.0.1:x"),
    "BOTO_CONFIG": ("/proc/self/mem",),
}.items():
    for _number, _value in enumerate(_values, 1):
        _add("aws", f"{_name.lower().replace('_', '-')}-{_number}", f"{_name}={_value[:40]!r}", {_name: _value})
_add(
    "aws",
    "ca-bundle-folder",
    "AWS_CA_BUNDLE is a folder, and the endpoint https",
    lambda p: {"AWS_CA_BUNDLE": p.folder_of("ca"), "AWS_ENDPOINT_URL": "https://127.0.0.1:1"},
)
_add(
    "aws",
    "ca-bundle-broken",
    "AWS_CA_BUNDLE is no certificate, and the endpoint https",
    lambda p: {"AWS_CA_BUNDLE": p.file("ca.pem", "x"), "AWS_ENDPOINT_URL": "https://127.0.0.1:1"},
)
_add(
    "aws",
    "ca-bundle-nowhere",
    "AWS_CA_BUNDLE names nothing, and the endpoint https",
    lambda p: {"AWS_CA_BUNDLE": p.nowhere(), "AWS_ENDPOINT_URL": "https://127.0.0.1:1"},
)
_add(
    "aws",
    "ssl-file",
    "SSL_CERT_FILE and SSL_CERT_DIR name nothing",
    {"SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere"},
)
_add("aws", "no-settle", "ECSDEPLOY_IAM_SETTLE is nonsense", {"ECSDEPLOY_IAM_SETTLE": "soon"})
