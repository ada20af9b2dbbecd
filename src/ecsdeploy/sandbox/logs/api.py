"""CloudWatch Logs at the wire: AWS's operation names and what answers them."""

from __future__ import annotations

import random
from collections.abc import Mapping

from ecsdeploy.sandbox.logs.groups import Groups
from ecsdeploy.sandbox.logs.livetail import LiveTails
from ecsdeploy.sandbox.logs.search import Search
from ecsdeploy.sandbox.logs.store import LogStore
from ecsdeploy.sandbox.logs.streams import Streams
from ecsdeploy.sandbox.logs.tags import Tags
from ecsdeploy.sandbox.wire import Operations

PARTIAL: Mapping[str, str] = {
    "CreateLogGroup": "KMS keys are kept and encrypt nothing.",
    "AssociateKmsKey": "As CreateLogGroup: of the stored results of queries there are none.",
    "DisassociateKmsKey": "As AssociateKmsKey.",
    "DescribeLogGroups": "One account: linked accounts have no groups here.",
    "FilterLogEvents": "`unmask` and `interleaved` change nothing: nothing is masked, and everything is interleaved.",
    "GetLogEvents": "`unmask` changes nothing: nothing is masked.",
    "PutLogEvents": "Entities are not kept.",
}
"""What is missing of operations that are answered, for `docs/sandbox-operations.md`."""


def operations(store: LogStore, rng: random.Random | None = None) -> Operations:
    """Return every operation of CloudWatch Logs that the sandbox answers.

    `rng` gives session ids and the sample of a live tail that sees more than 500 events a second.
    """
    groups, streams, search, tags = Groups(store), Streams(store), Search(store), Tags(store)
    return {
        "CreateLogGroup": groups.create,
        "DeleteLogGroup": groups.delete,
        "DescribeLogGroups": groups.describe,
        "PutRetentionPolicy": groups.put_retention,
        "DeleteRetentionPolicy": groups.delete_retention,
        "AssociateKmsKey": groups.associate_key,
        "DisassociateKmsKey": groups.associate_key,
        "PutLogGroupDeletionProtection": groups.protect,
        "CreateLogStream": streams.create,
        "DeleteLogStream": streams.delete,
        "DescribeLogStreams": streams.describe,
        "PutLogEvents": streams.put_events,
        "GetLogEvents": search.get,
        "FilterLogEvents": search.filter,
        "TestMetricFilter": search.test,
        "StartLiveTail": LiveTails(store, rng or random.Random()).start,
        "TagResource": tags.tag,
        "UntagResource": tags.untag,
        "ListTagsForResource": tags.list,
        "TagLogGroup": tags.tag_group,
        "UntagLogGroup": tags.untag_group,
        "ListTagsLogGroup": tags.list_group,
    }
