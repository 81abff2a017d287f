'use strict';
const http = require('node:http');

function invoke(request) {
  const action = request.action ?? 'greet';
  if (action !== 'greet') {
    throw new Error(`there is no action '${action}'`);
  }
  return { message: `${process.env.GREETING ?? 'Hello'}, ${request.name ?? 'world'}!` };
}

async function answer(request) {
  if (request.method !== 'POST' || request.url !== '/invoke') {
    return [request.url === '/' ? 200 : 404, { use: 'POST /invoke' }];
  }
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk;
  }
  try {
    return [200, invoke(JSON.parse(body || '{}'))];
  } catch (error) {
    return [400, { error: error.message }];
  }
}

const server = http.createServer(async (request, response) => {
  const [status, result] = await answer(request);
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(result) + '\n');
});

if (require.main === module) {
  server.listen(Number(process.env.REST_PORT), () => console.log('listens'));
  process.on('SIGTERM', () => server.close(() => process.exit(0)));
}

module.exports = { invoke, server };
