import { performance } from 'node:perf_hooks';

const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };

/**
 * The request listener. `log` is called once per request, when it is over, with an object of plain values:
 * one JSON object per line is what CloudWatch's filters can look into.
 */
export function createApp({ message, version, log }) {
  const routes = {
    '/': () => ({ message, version }),
    '/healthz': () => ({ status: 'ok' }),
  };
  return (request, response) => {
    const started = performance.now();
    // A target may be an absolute URL or nonsense such as "//": only its path matters, and no request may throw.
    const path = request.url.replace(/^https?:\/\/[^/]*/i, '').split('?')[0] || '/';
    // 'close' comes for a client that went away as well, and exactly once.
    response.on('close', () => {
      log({
        level: 'info',
        method: request.method,
        path,
        status: response.writableFinished ? response.statusCode : 499,
        ms: Math.round((performance.now() - started) * 10) / 10,
      });
    });
    answer(request, response, Object.hasOwn(routes, path) ? routes[path] : undefined);
  };
}

function answer(request, response, route) {
  if (!route) {
    send(response, 404, { error: 'not found' });
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    send(response, 405, { error: 'method not allowed' });
  } else {
    send(response, 200, route());
  }
}

function send(response, status, body) {
  const text = `${JSON.stringify(body)}\n`;
  // Node leaves the body out of an answer to HEAD by itself.
  response.writeHead(status, { ...JSON_TYPE, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

/**
 * Stop accepting connections and let the requests under way finish. Resolves with true when all of them did,
 * with false when `graceMs` milliseconds passed first and the rest were cut off.
 */
export function drain(server, graceMs) {
  return new Promise((resolve) => {
    // A client that keeps its connection open would otherwise send its next request to a task that is leaving.
    server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    const deadline = setTimeout(() => {
      finish(false);
      server.closeAllConnections();
    }, graceMs);
    const finish = (clean) => {
      clearInterval(sweep);
      clearTimeout(deadline);
      resolve(clean);
    };
    server.close(() => finish(true));
    server.closeIdleConnections();
  });
}
