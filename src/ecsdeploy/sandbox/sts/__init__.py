"""STS: who may assume a role, by which sessions, and who somebody is."""
