import { createServer } from 'node:http';

import { createApp, drain } from './app.js';

// ECS sends SIGKILL 30 s after SIGTERM unless the task definition's stopTimeout says otherwise: be done well before.
const GRACE_MS = 20_000;

const port = Number(process.env.PORT ?? 3000);
const version = process.env.APP_VERSION ?? 'dev';
const message = process.env.MESSAGE ?? 'Hello from hello-service';

const log = (entry) => console.log(JSON.stringify({ time: new Date().toISOString(), ...entry }));
const server = createServer(createApp({ message, version, log }));

server.on('error', (error) => {
  log({ level: 'error', event: 'cannot listen', port, reason: error.message });
  process.exit(1);
});
server.listen(port, () => log({ level: 'info', event: 'listening', port: server.address().port, version }));

let leaving = false;
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.on(signal, async () => {
    if (leaving) return;
    leaving = true;
    log({ level: 'info', event: 'draining', signal });
    const clean = await drain(server, GRACE_MS);
    log({ level: clean ? 'info' : 'error', event: clean ? 'stopped' : 'stopped with requests cut off' });
    process.exit(clean ? 0 : 1);
  });
}
