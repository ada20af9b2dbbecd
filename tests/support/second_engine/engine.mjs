// Answers decisions: one JSON object a line on standard input, one word a line on standard output.
// The engine's own entrance checks requests against its data; here its core judges them as they are, as ours does.
import { createInterface } from 'node:readline'
import { loadPolicy } from '@cloud-copilot/iam-policy'
import { authorize } from './node_modules/@cloud-copilot/iam-simulate/dist/esm/core_engine/CoreSimulatorEngine.js'
import { DiscoveryContextKeyConstraints } from './node_modules/@cloud-copilot/iam-simulate/dist/esm/context_keys/discoveryContextKeyConstraints.js'
import { AwsRequestImpl } from './node_modules/@cloud-copilot/iam-simulate/dist/esm/request/request.js'
import { RequestContextImpl } from './node_modules/@cloud-copilot/iam-simulate/dist/esm/requestContext.js'

const EVERYTHING = [
  {
    orgIdentifier: 'o',
    policies: [
      load({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }, 'all')
    ]
  }
]
const EVERYBODY = [
  {
    orgIdentifier: 'o',
    policies: [
      load(
        { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] },
        'all'
      )
    ]
  }
]

function load(document, name) {
  return loadPolicy(document, { name })
}

function decide(asked) {
  const resource = { resource: asked.resource, accountId: asked.account }
  const context = new RequestContextImpl(asked.context)
  const whole = asked.resource === '*'
  return authorize({
    request: new AwsRequestImpl(asked.principal, resource, asked.action, context, whole),
    sessionPolicy: asked.session ? load(asked.session, 'session') : undefined,
    identityPolicies: asked.policies.map((each, index) => load(each, `p${index}`)),
    serviceControlPolicies: EVERYTHING,
    resourceControlPolicies: EVERYBODY,
    resourcePolicy: asked.of_resource ? load(asked.of_resource, 'resource') : undefined,
    permissionBoundaries: asked.boundary ? [load(asked.boundary, 'boundary')] : undefined,
    vpcEndpointPolicies: undefined,
    simulationParameters: { simulationMode: 'Strict', discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints() }
  }).result
}

for await (const line of createInterface({ input: process.stdin })) {
  let word
  try {
    word = decide(JSON.parse(line))
  } catch (error) {
    word = `error: ${String(error).replaceAll('\n', ' ')}`
  }
  process.stdout.write(`${word}\n`)
}
