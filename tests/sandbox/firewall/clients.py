"""A client on this machine."""

from __future__ import annotations

import socket
from typing import Any


def knock(address: str, port: int, seconds: float = 1.0) -> str:
    """Return what it sees: the first line of an answer, or the error's name; one after it was let in says so."""
    try:
        connection = socket.create_connection((address, port), timeout=seconds)
    except OSError as error:
        return type(error).__name__
    return asked(connection)


def asked(connection: socket.socket) -> str:
    """Return the first line of the answer on a connection that exists, and close it."""
    with connection:
        try:
            connection.settimeout(5)
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(1000).decode().partition("\r\n")[0]
        except OSError as error:
            return f"let in, then {type(error).__name__}"


def opened(ec2: Any, vpc: str, port: int) -> str:
    """Return a security group that lets everybody in at a TCP port: without one, a task is closed to the Internet."""
    made = ec2.create_security_group(GroupName=f"open-{port}", Description="of a test", VpcId=vpc)
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=made["GroupId"], IpPermissions=[rule])
    return str(made["GroupId"])
