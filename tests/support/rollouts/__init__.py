"""Whole rollouts in virtual time: the sandbox's scheduler, tasks that do what a seed says, and the tool that watches.

Nothing sleeps and nothing goes over HTTP, so that a deployment of minutes takes milliseconds. `cases` says what the
tasks do, `lab` is the ECS, `outcome` lets the tool watch and compares it with what ECS does when nobody watches.
"""
