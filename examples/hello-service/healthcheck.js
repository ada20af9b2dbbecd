// The container's health check: exits 0 when the service answers /healthz with 200 within two seconds, else 1.
// Images for production rarely have curl; Node is here anyway.
import { get } from 'node:http';

const port = Number(process.env.PORT ?? 3000);

const fail = (reason) => {
  console.error(`unhealthy: ${reason}`);
  process.exit(1);
};

get({ host: '127.0.0.1', port, path: '/healthz', timeout: 2_000, agent: false }, (response) => {
  response.resume();
  response.on('end', () => (response.statusCode === 200 ? process.exit(0) : fail(`status ${response.statusCode}`)));
})
  .on('timeout', () => fail('no answer within 2 s'))
  .on('error', (error) => fail(error.message));
