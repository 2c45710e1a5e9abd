// Runs a query and follows a job to its end, and prints each event as a line of JSON as it comes.
// Usage: node follow.js ws|sse ADDRESS JOB, with the token in ALMONER_TOKEN.
import { createClient as createEventsClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import WebSocket from 'ws';

const [transport, address, job] = process.argv.slice(2);
const authorization = `Bearer ${process.env.ALMONER_TOKEN}`;
const clients = {
  ws: () =>
    createSocketClient({
      url: address.replace(/^http/, 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: authorization },
      retryAttempts: 0,
    }),
  sse: () => createEventsClient({ url: address, headers: { Authorization: authorization }, retryAttempts: 0 }),
};

const client = clients[transport]();
const operations = {
  query: { query: '{ viewer { roles } }' },
  refused: { query: '{ viewer { nothing } }' },
  job: { query: 'subscription ($id: ID!) { jobChanged(id: $id) { state } }', variables: { id: job } },
};
const print = (operation, event, what) => console.log(JSON.stringify({ operation, event, what }));

for (const [name, payload] of Object.entries(operations)) {
  await new Promise((resolve) => {
    client.subscribe(payload, {
      next: (result) => print(name, 'next', result),
      error: (error) => resolve(print(name, 'error', Array.isArray(error) ? error : String(error))),
      complete: () => resolve(print(name, 'complete')),
    });
  });
}
await client.dispose();
