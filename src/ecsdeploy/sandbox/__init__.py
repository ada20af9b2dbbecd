"""The local AWS: ECS behaves as ECS does, and tasks are real containers.

Of the tool it imports `policy` alone, and the tool does not know it exists: both meet on the wire,
where every request is checked against botocore's input shapes and every answer against its output shapes.
"""
