import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { createApp, drain } from '../app.js';

const file = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

/** Serve on a free port of the loopback interface; `lines` gathers what is logged. */
async function serve(t, wrap = (app) => app) {
  const lines = [];
  const server = createServer(wrap(createApp({ message: 'hi', version: 'v7', log: (line) => lines.push(line) })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, lines, port: server.address().port };
}

async function call(port, path, { method = 'GET', agent = false } = {}) {
  const sent = request({ host: '127.0.0.1', port, path, method, agent });
  sent.end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

test('answers with its message and version', async (t) => {
  const { port } = await serve(t);
  const { status, headers, body } = await call(port, '/?who=me');
  assert.equal(status, 200);
  assert.equal(headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(body, '{"message":"hi","version":"v7"}\n');
});

test('answers /healthz', async (t) => {
  const { port } = await serve(t);
  const { status, body } = await call(port, '/healthz');
  assert.deepEqual([status, JSON.parse(body)], [200, { status: 'ok' }]);
});

test('answers what it does not serve with an error of its own', async (t) => {
  const { port } = await serve(t);
  for (const path of ['/missing', '//', '/constructor', '/__proto__']) {
    assert.equal((await call(port, path)).status, 404, path);
  }
  const refused = await call(port, '/', { method: 'POST' });
  assert.deepEqual([refused.status, refused.headers.allow], [405, 'GET, HEAD']);
});

test('answers HEAD without a body', async (t) => {
  const { port } = await serve(t);
  const { status, body } = await call(port, '/', { method: 'HEAD' });
  assert.deepEqual([status, body], [200, '']);
});

test('logs one line per request', async (t) => {
  const { port, lines } = await serve(t);
  await call(port, '/');
  await call(port, '/missing?token=secret');
  const seen = lines.map(({ ms, ...line }) => (assert.equal(typeof ms, 'number'), line));
  assert.deepEqual(seen, [
    { level: 'info', method: 'GET', path: '/', status: 200 },
    { level: 'info', method: 'GET', path: '/missing', status: 404 },
  ]);
});

test('lets a request under way finish while it drains, and refuses the next', async (t) => {
  let proceed;
  const held = new Promise((resolve) => (proceed = resolve));
  const { server, port } = await serve(t, (app) => async (req, res) => (await held, app(req, res)));
  const slow = call(port, '/');
  await once(server, 'request');
  const drained = drain(server, 10_000);
  await assert.rejects(call(port, '/'), { code: 'ECONNREFUSED' });
  proceed();
  assert.equal((await slow).status, 200);
  assert.equal(await drained, true);
});

test('cuts off what outlives its time to drain', async (t) => {
  const { server, port } = await serve(t, () => () => {});
  const stuck = call(port, '/');
  await once(server, 'request');
  const [drained] = await Promise.all([drain(server, 50), assert.rejects(stuck, { code: 'ECONNRESET' })]);
  assert.equal(drained, false);
});

test('an idle connection does not hold up the end', async (t) => {
  const { server, port } = await serve(t);
  const idle = connect(port, '127.0.0.1');
  t.after(() => idle.destroy());
  idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(idle, 'data');
  assert.equal(await drain(server, 10_000), true);
});

test('the process serves, is healthy, and ends with 0 on SIGTERM', async (t) => {
  const env = { ...process.env, PORT: '0', APP_VERSION: 'abc123' };
  const child = spawn(process.execPath, [file('server.js')], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  const { event, port, version } = await next();
  assert.deepEqual([event, version], ['listening', 'abc123']);
  assert.equal(JSON.parse((await call(port, '/')).body).version, 'abc123');
  assert.equal((await next()).status, 200);
  const check = spawn(process.execPath, [file('healthcheck.js')], { env: { ...env, PORT: String(port) } });
  assert.deepEqual(await once(check, 'exit'), [0, null]);
  assert.equal((await next()).path, '/healthz');
  child.kill('SIGTERM');
  assert.equal((await next()).event, 'draining');
  assert.equal((await next()).event, 'stopped');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('the health check fails when nothing answers', async (t) => {
  const { server, port } = await serve(t);
  server.close();
  await once(server, 'close');
  const check = spawn(process.execPath, [file('healthcheck.js')], { env: { ...process.env, PORT: String(port) } });
  assert.deepEqual(await once(check, 'exit'), [1, null]);
});
