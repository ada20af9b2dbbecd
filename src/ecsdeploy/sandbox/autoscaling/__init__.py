from ecsdeploy.sandbox.autoscaling.api import PARTIAL as PARTIAL
from ecsdeploy.sandbox.autoscaling.api import operations as operations
