from ecsdeploy.sandbox.autoscaling.api import operations as operations
